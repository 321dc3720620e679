import { describe, expect, it } from 'vitest';
import type { ObjectName } from '../ostree/object-name.ts';
import { decodeFrames, encodeFrames, FRAME_HEADER_BYTES, MAX_BATCH_OBJECTS } from '../wire/batch.ts';
import { encodeEntries } from '../wire/entries.ts';
import { batchChunks, readBatch, type SentObject } from './batch.ts';

const nameOf = (number: number): ObjectName => ({
  id: number.toString(16).padStart(64, '0'),
  kind: 'filez',
});

/** Objects by number; counts those that are open. */
function source(objects: ReadonlyMap<number, Buffer>, { small }: { readonly small: boolean }) {
  const open = { now: 0, most: 0 };
  return {
    open,
    find: async ({ id }: ObjectName): Promise<SentObject | undefined> => {
      const bytes = objects.get(Number.parseInt(id, 16));
      if (bytes === undefined) return undefined;
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      return {
        sizeBytes: bytes.length,
        ...(small && { bytes }),
        async *chunks() {
          for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
        },
        async [Symbol.asyncDispose]() {
          open.now -= 1;
        },
      };
    },
  };
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

const signal = new AbortController().signal;

describe('a request for many objects', () => {
  it('is a list of different objects, and of no more than may be', () => {
    const many = Array.from({ length: MAX_BATCH_OBJECTS + 1 }, (_, i) => nameOf(i));
    const whole = encodeEntries(many.slice(1));
    expect(readBatch(whole)).toBe(whole);
    expect(readBatch(encodeEntries(many))).toBeUndefined();
    expect(readBatch(Buffer.alloc(0))).toBeUndefined();
    expect(readBatch(whole.subarray(1))).toBeUndefined();
    expect(readBatch(encodeEntries([nameOf(1), nameOf(2), nameOf(1)]))).toBeUndefined();
    expect(readBatch(Buffer.alloc(33, 4))).toBeUndefined();
  });
});

describe('a batch', () => {
  const objects = new Map(
    Array.from({ length: 300 }, (_, i): [number, Buffer] => [i, Buffer.alloc((i * 37) % 5000, i)]),
  );

  it.each([{ small: true }, { small: false }])(
    'has each object in the order asked, and says what is not there: %j',
    async (kind) => {
      const { find, open } = source(objects, kind);
      const numbers = [299, 7, 1000, 0, ...Array.from({ length: 200 }, (_, i) => 8 + i), 2000];
      const there: boolean[] = [];
      const bytes = await read(
        batchChunks(encodeEntries(numbers.map(nameOf)), {
          open: find,
          signal,
          onObject: (isThere) => there.push(isThere),
        }),
      );
      let at = 0;
      for (const number of numbers) {
        const content = objects.get(number);
        const head = bytes.subarray(at, at + FRAME_HEADER_BYTES);
        const size = content === undefined ? {} : { sizeBytes: content.length };
        expect(decodeFrames(head)).toEqual([{ name: nameOf(number), ...size }]);
        at += FRAME_HEADER_BYTES + (content?.length ?? 0);
        if (content !== undefined) expect(bytes.subarray(at - content.length, at).equals(content)).toBe(true);
      }
      expect(at).toBe(bytes.length);
      expect(there).toEqual(numbers.map((number) => objects.has(number)));
      expect(open.now).toBe(0);
      expect(open.most).toBeLessThanOrEqual(9);
    },
  );

  it('closes what it had opened ahead when its reader leaves', async () => {
    const { find, open } = source(objects, { small: false });
    const entries = encodeEntries(Array.from({ length: 100 }, (_, i) => nameOf(i + 1)));
    for await (const _chunk of batchChunks(entries, { open: find, signal, onObject: () => {} })) break;
    expect(open.most).toBeGreaterThan(1);
    expect(open.now).toBe(0);
  });

  it('ends with an error where an object cannot be opened, and closes the others', async () => {
    const { find, open } = source(objects, { small: false });
    const failing = async (name: ObjectName) => {
      if (name.id === nameOf(5).id) throw new Error('the disk is gone');
      return await find(name);
    };
    const entries = encodeEntries(Array.from({ length: 20 }, (_, i) => nameOf(i + 1)));
    const reading = read(batchChunks(entries, { open: failing, signal, onObject: () => {} }));
    await expect(reading).rejects.toThrow('the disk is gone');
    expect(open.now).toBe(0);
  });

  it.each([-1, 1])('ends with an error where an object is %i bytes larger than it said', async (more) => {
    const open = async (): Promise<SentObject> => ({
      sizeBytes: 100 - more,
      async *chunks() {
        yield Buffer.alloc(100);
      },
      async [Symbol.asyncDispose]() {},
    });
    const reading = read(batchChunks(encodeEntries([nameOf(1)]), { open, signal, onObject: () => {} }));
    await expect(reading).rejects.toThrow('changed its size');
  });

  it('sends frames that say the same as encodeFrames', async () => {
    const { find } = source(new Map([[1, Buffer.from('x')]]), { small: true });
    const bytes = await read(
      batchChunks(encodeEntries([nameOf(1)]), { open: find, signal, onObject: () => {} }),
    );
    expect(bytes).toEqual(
      Buffer.concat([encodeFrames([{ name: nameOf(1), sizeBytes: 1 }]), Buffer.from('x')]),
    );
  });
});
