import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectKind } from '../ostree/object-name.ts';
import { decodeFrames, encodeFrames, FRAME_HEADER_BYTES, type Frame } from './batch.ts';

const kinds = ['commit', 'dirtree', 'dirmeta', 'filez'] as const satisfies readonly ObjectKind[];

const frames: fc.Arbitrary<Frame[]> = fc.array(
  fc
    .tuple(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.constantFrom(...kinds),
      fc.option(fc.maxSafeNat(), { nil: undefined }),
    )
    .map(([id, kind, sizeBytes]) => ({
      name: { id: Buffer.from(id).toString('hex'), kind },
      ...(sizeBytes !== undefined && { sizeBytes }),
    })),
);

describe('frames', () => {
  it('are read as they were written, whatever they name', () => {
    const isReadAsWritten = (list: Frame[]): void => {
      expect(decodeFrames(encodeFrames(list))).toEqual(list);
    };
    fc.assert(fc.property(frames, isReadAsWritten));
  });

  it('have the bytes that the contract says', () => {
    const id = `${'ab'.repeat(31)}01`;
    const bytes = encodeFrames([
      { name: { id, kind: 'filez' }, sizeBytes: 0x0102 },
      { name: { id, kind: 'commit' } },
    ]);
    expect(bytes.toString('hex')).toBe(`03${id}0201000000000000` + `00${id}ffffffffffffffff`);
    expect(bytes.length).toBe(2 * FRAME_HEADER_BYTES);
  });

  it.each([
    ['are cut', Buffer.alloc(FRAME_HEADER_BYTES - 1)],
    ['have a kind that there is not', Buffer.alloc(FRAME_HEADER_BYTES, 4)],
    [
      'name a size beyond all files',
      Buffer.concat([Buffer.alloc(33), Buffer.from('00000000000000f0', 'hex')]),
    ],
  ])('are no frames where they %s', (_, bytes) => {
    expect(decodeFrames(bytes)).toBeUndefined();
  });
});
