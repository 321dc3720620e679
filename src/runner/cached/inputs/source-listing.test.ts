import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../../test/support/any-character.ts';
import { readSourceListing, writeSourceListing } from './source-listing.ts';

const entry = fc.record({
  path: fc.string({ unit: anyCharacter }),
  kind: fc.constantFrom('file' as const, 'folder' as const, 'link' as const),
  mode: fc.nat(0o7777),
  content: fc.string({ unit: anyCharacter }),
});

describe('the listing of a source', () => {
  it('is read as it was written, whatever the names are', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(readSourceListing(writeSourceListing(entries))).toEqual(entries);
      }),
    );
  });

  it('is read in memory that its entries need, whatever is between them', () => {
    const before = process.memoryUsage.rss();
    expect(readSourceListing(Buffer.alloc(64 * 1024 * 1024, '\n'))).toEqual([]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  });

  it.each(['x', '[]', '["a","file",1]', '["a","pipe",1,""]', '["a","file","1",""]', '{"path":"a"}'])(
    'is none in %j',
    (text) => {
      expect(readSourceListing(Buffer.from(text))).toBeUndefined();
    },
  );
});
