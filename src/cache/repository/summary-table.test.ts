import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSummary, type SummaryRef } from '../ostree/index.ts';
import { parseSummaryTable } from './summary-table.ts';

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const facts = fc.record(
  { commit: hex, commitSizeBytes: fc.nat(), timestampSeconds: fc.nat() },
  { requiredKeys: ['commit', 'commitSizeBytes'] },
);
// Few names, so that changes meet what is there; some that UTF-16 would put into another order.
const name = fc
  .array(fc.constantFrom('a', 'b', 'aa', 'é', 'ﬀ', '𐐷', 'b_', 'b0'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const refs = (max: number): fc.Arbitrary<SummaryRef[]> =>
  fc
    .uniqueArray(fc.tuple(name, facts), { selector: ([ref]) => ref, maxLength: max })
    .map((pairs) => pairs.map(([ref, rest]) => ({ ref, ...rest })));

describe('a summary that is changed as bytes', () => {
  it('is byte for byte the one that would be written anew', () => {
    fc.assert(
      fc.property(
        refs(40),
        refs(5),
        fc.uniqueArray(name, { maxLength: 5 }),
        fc.nat(),
        (before, set, removed, time) => {
          const changes = new Map<string, SummaryRef | undefined>(removed.map((ref) => [ref, undefined]));
          for (const ref of set) changes.set(ref.ref, ref);
          const after = new Map(before.map((ref) => [ref.ref, ref]));
          for (const [ref, value] of changes) value === undefined ? after.delete(ref) : after.set(ref, value);
          const expected = encodeSummary({ refs: [...after.values()], lastModifiedSeconds: time });
          const table = parseSummaryTable(encodeSummary({ refs: before, lastModifiedSeconds: 1 }));
          const changed = table.with(changes, time);
          expect(changed.bytes.equals(expected)).toBe(true);
          expect(changed.count).toBe(after.size);
          for (const [ref, value] of after) {
            expect(changed.at(changed.find(ref))).toEqual(value);
            expect(changed.commitAt(changed.find(ref))).toBe(value.commit);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has offsets as wide as its size needs', () => {
    const many = (count: number): SummaryRef[] =>
      Array.from({ length: count }, (_, i) => ({
        ref: `project/element/${String(i).padStart(6, '0')}`,
        commit: String(i).padStart(64, '0'),
        commitSizeBytes: i,
        timestampSeconds: i,
      }));
    for (const count of [0, 1, 2, 450, 550, 3000]) {
      const [first, ...rest] = many(count + 1);
      if (first === undefined) throw new Error('there is always one');
      const table = parseSummaryTable(encodeSummary({ refs: rest }));
      const expected = encodeSummary({ refs: [first, ...rest], lastModifiedSeconds: 7 });
      expect(table.with(new Map([[first.ref, first]]), 7).bytes.equals(expected)).toBe(true);
    }
  });

  it('is refused where it is damaged', () => {
    const bytes = encodeSummary({ refs: [{ ref: 'a/b', commit: '0'.repeat(64), commitSizeBytes: 1 }] });
    // The last byte says where the list ends, and the one before that where its only element does.
    for (const at of [bytes.length - 1, (bytes.at(-1) ?? 0) - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = 0xee;
      expect(() => parseSummaryTable(damaged)).toThrow(RangeError);
    }
  });
});
