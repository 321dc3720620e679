import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArtifactManifest, ManifestEntries } from './schema.ts';
import { areSoundEntries } from './sound-entries.ts';

const GOOD = {
  path: 'a/b',
  type: 'file',
  mode: 0o644,
  modifiedAt: -1,
  sizeBytes: 3,
  offset: 512,
  sha256: 'a'.repeat(64),
  crc32: 0xffffffff,
  mediaType: 'text/plain',
  target: 'elsewhere',
} as const;

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '/',
    '.',
    '..',
    'a/',
    '/a',
    'a/./b',
    'a/../b',
    'a//b',
    'a\0',
    '...',
    '..a',
  ),
  fc.constantFrom<unknown>(
    'folder',
    'link',
    'A'.repeat(64),
    'x'.repeat(256),
    'a'.repeat(63),
    -1,
    0.5,
    4096,
    2 ** 32,
    2 ** 53,
    {},
  ),
  fc.string(),
  fc.integer(),
);

describe('areSoundEntries', () => {
  it('finds what the schema finds, whatever is wrong in an entry', () => {
    const names = fc.constantFrom(...Object.keys(GOOD));
    fc.assert(
      fc.property(names, odd, (name, value) => {
        const entries = [GOOD, { ...GOOD, path: 'c', [name]: value }];
        expect(areSoundEntries(entries)).toBe(ManifestEntries.safeParse(entries).success);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves it to the schema to leave out what nobody knows', () => {
    const odd: unknown[] = JSON.parse('[{"a":1},{"__proto__":{"mode":7}},{"constructor":"x"}]');
    for (const more of odd) {
      const entries = [Object.defineProperties({ ...GOOD }, Object.getOwnPropertyDescriptors(more))];
      expect(Object.keys(entries[0] ?? {})).toHaveLength(Object.keys(GOOD).length + 1);
      expect(areSoundEntries(entries)).toBe(false);
      const found = ManifestEntries.parse(entries);
      expect(found).toEqual([GOOD]);
      expect(Object.getPrototypeOf(found[0])).toBe(Object.prototype);
    }
    expect(areSoundEntries(new Array(250_001).fill(GOOD))).toBe(false);
  });

  it('finds what is missing', () => {
    for (const name of Object.keys(GOOD)) {
      const { [name]: _gone, ...rest }: Record<string, unknown> = GOOD;
      expect(areSoundEntries([rest])).toBe(ManifestEntries.safeParse([rest]).success);
    }
    for (const value of [undefined, null, {}, 'text', [null], ['text'], [[]]]) {
      expect(areSoundEntries(value)).toBe(false);
    }
  });

  it('leaves it to the schema to say what is wrong, and where', () => {
    const result = ArtifactManifest.safeParse({
      version: 1,
      runId: 'r',
      name: 'output',
      fileName: 'output.tar',
      key: 'k',
      sizeBytes: 1000,
      sha256: 'a'.repeat(64),
      crc32: 0,
      mediaType: 'application/x-tar',
      storedAt: 1,
      entries: [GOOD, { ...GOOD, path: '../c' }],
    });
    expect(result.error?.issues).toMatchObject([
      { path: ['entries', 1, 'path'], message: 'expected a relative path without "." and ".."' },
    ]);
  });
});
