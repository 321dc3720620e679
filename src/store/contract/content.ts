import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ObjectContent, ObjectStore, OpenOptions } from '../store.ts';

/** Bytes of which no two places look alike; another seed gives others. */
export function bytesOf(sizeBytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0, word = seed; i < words.length; i += 1) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = word;
  }
  return Buffer.from(words.buffer, 0, sizeBytes);
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Bytes in chunks that are borrowed: all are the same memory, which is spoiled before the next one is in it. */
export async function* lend(bytes: Uint8Array, chunkBytes = 10_000): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(chunkBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const piece = bytes.subarray(at, at + chunkBytes);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0xee);
  }
}

/** The order of a listing. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const text = (content: string): AsyncGenerator<Uint8Array> => lend(Buffer.from(content));

/** Reads an open object to its end, copying what is borrowed, and closes it. */
export async function readContent(content: ObjectContent): Promise<Buffer> {
  await using open = content;
  const copies: Buffer[] = [];
  for await (const chunk of open) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

/** What is stored under a key, or a range of it. */
export async function readKey(
  store: ObjectStore,
  key: string,
  options?: OpenOptions,
): Promise<Buffer | undefined> {
  const content = await store.open(key, options);
  return content === undefined ? undefined : await readContent(content);
}

/** Says of a key in all the ways there are that nothing is stored under it. */
export async function expectAbsent(store: ObjectStore, key: string): Promise<void> {
  expect(await store.head(key)).toBeUndefined();
  expect(await store.open(key)).toBeUndefined();
  const { objects } = await store.list({ prefix: key });
  expect(objects.map((object) => object.key)).not.toContain(key);
}

/** Equal bytes, without the page that a difference between large buffers fills. */
export function expectBytes(found: Buffer | undefined, expected: Buffer): void {
  expect(found?.length).toBe(expected.length);
  expect(found?.equals(expected)).toBe(true);
}
