import { createHash, type Hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { CacheError } from '../error.ts';
import { deflatePart, deflateWhole, LAST_BLOCK } from './deflate.ts';
import { encodeHashedHeader, encodeStoredHeader } from './file-header.ts';
import type { ObjectName } from './object-name.ts';
import type { FileHeader } from './objects.ts';

/** A file object that was made. */
export interface WrittenFilez {
  readonly name: ObjectName;
  /** Of the object as it is stored. */
  readonly sizeBytes: number;
}

/**
 * Content is compressed in parts of so much, each on its own, which costs a thousandth in size: parts can be compressed
 * at the same time, and each is asked anew whether it is worth it.
 */
const PART_BYTES = 1024 * 1024;
const AT_A_TIME = 2;

/** Up to here three system calls take microseconds, and handing them to another thread ten times as long. */
const SMALL_BYTES = 64 * 1024;

const changed = (expected: number, found: string) =>
  new CacheError('BAD_TREE', `a file of ${expected} bytes had ${found} when it was read`, {
    hint: 'something writes to it: try again when that is done',
  });

/** Content in parts of one size; the last is what is left. Refuses another length than was announced. */
async function* parts(content: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Buffer, void> {
  let left = sizeBytes;
  let part = Buffer.allocUnsafe(Math.min(PART_BYTES, left));
  let filled = 0;
  for await (let piece of content) {
    if (piece.length > left) throw changed(sizeBytes, 'more');
    left -= piece.length;
    while (piece.length > 0) {
      const taken = piece.subarray(0, part.length - filled);
      part.set(taken, filled);
      filled += taken.length;
      piece = piece.subarray(taken.length);
      if (filled < part.length) continue;
      yield part;
      part = Buffer.allocUnsafe(Math.min(PART_BYTES, left + piece.length));
      filled = 0;
    }
  }
  if (left > 0) throw changed(sizeBytes, `only ${sizeBytes - left}`);
}

/** Compresses parts, some at a time, and writes them in their order. */
async function writeParts(
  file: string,
  head: Buffer,
  content: AsyncIterable<Buffer>,
  hash: Hash,
): Promise<number> {
  await using handle = await open(file, 'w');
  let written = 0;
  const write = async (bytes: Uint8Array) => {
    await handle.writeFile(bytes);
    written += bytes.length;
  };
  await write(head);
  const running: Promise<Uint8Array>[] = [];
  const finishOne = async () => {
    const packed = await running.shift();
    if (packed !== undefined) await write(packed);
  };
  for await (const part of content) {
    const packing = deflatePart(part);
    packing.catch(() => undefined); // thrown when it is its turn
    running.push(packing);
    hash.update(part);
    if (running.length >= AT_A_TIME) await finishOne();
  }
  while (running.length > 0) await finishOne();
  await write(LAST_BLOCK);
  return written;
}

async function collect(content: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  for await (const part of parts(content, sizeBytes)) return part;
  return Buffer.alloc(0);
}

/**
 * Makes a file object of facts and content, in a file that is there or will be, and says what it is called: in one pass.
 * Memory stays within some MiB. Links have no content. Throws `BAD_TREE` where the content is not as long as the
 * header says, `CORRUPT_OBJECT` or `TOO_LARGE` for facts that no file has; the file is of no use then. Pieces of content
 * may be borrowed.
 */
export async function writeFilez(
  file: string,
  header: FileHeader,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<WrittenFilez> {
  const { sizeBytes, target } = header;
  const head = encodeStoredHeader(header);
  const hash = createHash('sha256').update(encodeHashedHeader(header));
  const named = (stored: number): WrittenFilez => ({
    name: { id: hash.digest('hex'), kind: 'filez' },
    sizeBytes: stored,
  });
  if (sizeBytes > PART_BYTES) {
    const source = content instanceof Uint8Array ? one(content) : content;
    return named(await writeParts(file, head, parts(source, sizeBytes), hash));
  }
  const whole = content instanceof Uint8Array ? content : await collect(content, sizeBytes);
  if (whole.length !== sizeBytes) throw changed(sizeBytes, String(whole.length));
  hash.update(whole);
  const stored = target === undefined ? Buffer.concat([head, await deflateWhole(whole)]) : head;
  if (stored.length <= SMALL_BYTES) writeFileSync(file, stored);
  else await writeFile(file, stored);
  return named(stored.length);
}

async function* one(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield content;
}
