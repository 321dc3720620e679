import { describe, expect, it } from 'vitest';
import { buildKeyOf, digestOf, type KeyParts } from './build-key.ts';

const PARTS: KeyParts = {
  user: 'alice',
  pushHost: 'registry:5000',
  source: 'runtime:1',
  kind: 'nodejs',
  recipeVersion: '1',
  file: '{}',
};

describe('the key of a request', () => {
  it('is the same for the same, and another one where anything differs', () => {
    const { file: _, ...noFile } = PARTS;
    const others: KeyParts[] = [
      PARTS,
      { ...PARTS, user: 'bob' },
      { ...PARTS, pushHost: 'registry:5001' },
      { ...PARTS, source: 'runtime:2' },
      { ...PARTS, kind: 'python' },
      { ...PARTS, recipeVersion: '2' },
      { ...PARTS, file: '{} ' },
      { ...PARTS, file: '' },
      { ...PARTS, builderId: 'nodejs-24' },
      noFile,
    ];
    const keys = others.map(buildKeyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.map((key) => /^[0-9a-f]{64}$/.test(key))).toEqual(keys.map(() => true));
    expect(buildKeyOf({ ...PARTS })).toBe(keys[0]);
  });

  it('keeps its parts apart', () => {
    expect(buildKeyOf({ ...PARTS, user: 'a', pushHost: 'bc' })).not.toBe(
      buildKeyOf({ ...PARTS, user: 'ab', pushHost: 'c' }),
    );
  });

  it('has the digest of a file’s bytes', () => {
    expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
