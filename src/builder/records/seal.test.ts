import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSeal } from './seal.ts';

const VARIABLES = { REGISTRY_HOST: 'r.example', REGISTRY_SECRET: 'alice:a word of hers' };

describe('what says where images go', () => {
  const key = randomBytes(32);
  const seal = createSeal(key);
  const sealed = seal.close(VARIABLES, 'one');

  it('is opened by each server that has the key', () => {
    expect(createSeal(key).open(sealed, 'one')).toEqual(VARIABLES);
    expect(createSeal(key).open(createSeal(key).close({}, 'one'), 'one')).toEqual({});
  });

  it('does not show, and is another each time', () => {
    const bytes = Buffer.from(sealed, 'base64url').toString('latin1');
    for (const word of ['alice', 'word', 'r.example', 'REGISTRY'])
      expect(`${sealed}${bytes}`).not.toContain(word);
    expect(seal.close(VARIABLES, 'one')).not.toBe(sealed);
  });

  it.each([
    ['for another build', key, sealed, 'two'],
    ['with another key', randomBytes(32), sealed, 'one'],
    ['that was cut', key, sealed.slice(0, -4), 'one'],
    ['that was changed', key, `${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`, 'one'],
    ['that is none', key, 'AAAA', 'one'],
    ['that is in plain text', key, JSON.stringify(VARIABLES), 'one'],
  ])('is not opened %s', (_, other, text, build) => {
    expect(() => createSeal(other).open(text, build)).toThrow(
      expect.objectContaining({ name: 'BuildError', reason: 'backend-failed' }),
    );
  });
});
