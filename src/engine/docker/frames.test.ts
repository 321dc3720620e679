import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputFrame } from '../engine.ts';
import { readFrames } from './frames.ts';

const frames = fc.array(
  fc.record({ stream: fc.constantFrom('stdout', 'stderr'), bytes: fc.uint8Array({ maxLength: 40 }) }),
);

describe('taking frames apart', () => {
  it('gives every byte to its stream, wherever the pieces are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        frames,
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        async (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.map(({ stream, bytes }) => toFrame(stream === 'stdout' ? 1 : 2, bytes)),
          );
          const got = await collect(readFrames(cut(bytes, cuts), 'test'));
          expect(merge(got)).toEqual(
            merge(sent.map((frame) => ({ ...frame, bytes: Buffer.from(frame.bytes) }))),
          );
        },
      ),
    );
  });
});

function toFrame(type: number, bytes: Uint8Array): Buffer {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

async function* cut(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Buffer> {
  for (let start = 0, n = 0; start < bytes.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    yield bytes.subarray(start, start + length);
    start += length;
  }
}

async function collect(stream: AsyncIterable<OutputFrame>): Promise<OutputFrame[]> {
  const all: OutputFrame[] = [];
  for await (const frame of stream) all.push(frame);
  return all;
}

/** The order of bytes with the stream of each: how they are cut does not matter. */
function merge(all: readonly { stream: string; bytes: Buffer }[]): string[] {
  return all.flatMap(({ stream, bytes }) => [...bytes].map((byte) => `${stream} ${byte}`));
}
