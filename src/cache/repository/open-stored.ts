import { open } from 'node:fs/promises';
import { fileChunks } from '../../store/index.ts';
import { NO_FILE, unless } from './file-trouble.ts';
import { READ_FLAGS, readSmall } from './read-small.ts';
import type { OpenObjectOptions, StoredBytes } from './repository.ts';

/** A file that is a file; nothing is waited for, and no link is followed. */
export async function openStored(
  path: string,
  { smallAtOnce = false }: OpenObjectOptions = {},
): Promise<StoredBytes | undefined> {
  const small = smallAtOnce ? readSmall(path) : 'large';
  if (small === 'large') return await openFile(path);
  return small && inMemory(small);
}

async function openFile(path: string): Promise<StoredBytes | undefined> {
  const file = await unless(NO_FILE, open(path, READ_FLAGS));
  if (file === undefined) return undefined;
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    return undefined;
  }
  const { size } = stats;
  return {
    sizeBytes: size,
    [Symbol.asyncIterator]: () => fileChunks(file, { start: 0, end: size }),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

const inMemory = (bytes: Buffer): StoredBytes => ({
  sizeBytes: bytes.length,
  async *[Symbol.asyncIterator]() {
    if (bytes.length > 0) yield bytes;
  },
  async [Symbol.asyncDispose]() {},
});
