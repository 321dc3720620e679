import { Readable, type Writable } from 'node:stream';

/** What a child's descriptor says until it is closed; beyond the limit it is read and forgotten. */
export async function readStream(
  stream: Readable | Writable | null | undefined,
  limitBytes: number,
): Promise<Buffer> {
  if (!(stream instanceof Readable)) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  let left = limitBytes;
  for await (const piece of stream) {
    const kept = piece.subarray(0, left);
    left -= kept.length;
    if (kept.length > 0) pieces.push(kept);
  }
  return Buffer.concat(pieces);
}
