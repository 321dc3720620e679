import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileChunks } from '../../store/index.ts';
import { ABSENT, unless } from './file-trouble.ts';
import type { StoredBytes } from './repository.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Nothing is there, or nothing that could be an object: a link, a pipe without a writer. */
export const NO_FILE = [...ABSENT, 'ELOOP', 'ENXIO'];

/** A file that is a file; nothing is waited for, and no link is followed. */
export async function openStored(path: string): Promise<StoredBytes | undefined> {
  const file = await unless(NO_FILE, open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
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
