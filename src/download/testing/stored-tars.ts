import { createHash } from 'node:crypto';
import { packItems, type TarItem } from '../../archive/index.ts';
import { indexTar } from '../../artifacts/index.ts';
import type { ByteRange, ObjectContent, ObjectStore, OpenOptions } from '../../store/index.ts';
import type { DownloadContent } from '../content.ts';
import type { StoredTar } from '../contents/stored-tar.ts';

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** All of a content, or a range of it. Copies what is borrowed. */
export async function readAll(
  content: DownloadContent,
  range: ByteRange = { start: 0, end: content.sizeBytes },
  signal: AbortSignal = new AbortController().signal,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of content.read(range, signal)) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** Stores a tar, and describes it as its manifest would. */
export async function storeTarBytes(store: ObjectStore, key: string, bytes: Buffer): Promise<StoredTar> {
  await store.put(key, once(bytes));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const entries = await indexTar(once(bytes));
  return { key, sizeBytes: bytes.length, sha256, fileName: 'output.tar', storedAt: 5000, entries };
}

/** The same for a tar of these items, all in a folder `output`. */
export async function storeTar(
  store: ObjectStore,
  key: string,
  items: readonly TarItem[],
): Promise<StoredTar> {
  const parts: Buffer[] = [];
  const inside = items.map((item) => ({ ...item, name: `output/${item.name}` }));
  for await (const part of packItems([{ type: 'folder', name: 'output' }, ...inside], {
    reproducible: true,
  })) {
    parts.push(part);
  }
  return await storeTarBytes(store, key, Buffer.concat(parts));
}

export interface WatchedStore extends ObjectStore {
  /** What was opened. */
  readonly opened: readonly ByteRange[];
  /** What is open now. */
  readonly openNow: number;
}

/** A store that remembers what is read of it. `change`: of what an opened object gives. */
export function watchStore(
  store: ObjectStore,
  change: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> = (chunks) => chunks,
): WatchedStore {
  const opened: ByteRange[] = [];
  let openNow = 0;
  return {
    ...store,
    opened,
    get openNow() {
      return openNow;
    },
    async open(key: string, options?: OpenOptions): Promise<ObjectContent | undefined> {
      const content = await store.open(key, options);
      if (content === undefined) return undefined;
      opened.push(content.range);
      openNow += 1;
      return {
        object: content.object,
        range: content.range,
        [Symbol.asyncIterator]: () => change(content)[Symbol.asyncIterator](),
        async [Symbol.asyncDispose]() {
          openNow -= 1;
          await content[Symbol.asyncDispose]();
        },
      };
    },
  };
}
