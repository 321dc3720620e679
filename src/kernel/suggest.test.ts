import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suggest } from './suggest.ts';

const KEYS = ['box', 'services', 'steps', 'after-steps', 'base-path', 'docker'];

describe('suggest', () => {
  test.each([
    ['serivces', 'services'],
    ['Services', 'services'],
    ['service', 'services'],
    ['bxo', 'box'],
    ['after-step', 'after-steps'],
    ['after_steps', 'after-steps'],
    ['step', 'steps'],
    ['basepath', 'base-path'],
    ['dokcer', 'docker'],
  ])('finds that %s was meant to be %s', (word, meant) => {
    expect(suggest(word, KEYS)).toBe(meant);
  });

  test.each(['build', 'deploy', 'x', '', 'production', 'boxes-and-more'])('finds nothing near %s', (word) => {
    expect(suggest(word, KEYS)).toBeUndefined();
  });

  test('prefers the nearest of several candidates', () => {
    expect(suggest('stpes', ['stops', 'steps', 'stapes'])).toBe('steps');
  });

  test('never suggests the word itself', () => {
    expect(suggest('steps', ['steps'])).toBeUndefined();
  });

  test('does not compare words that no person would mistype', () => {
    expect(suggest('a'.repeat(100_000), ['a'.repeat(99_999)])).toBeUndefined();
  });

  test('finds any word of four letters or more with two neighbours swapped', () => {
    const word = fc.stringMatching(/^[a-z]{4,20}$/);
    fc.assert(
      fc.property(word, fc.nat(), (original, seed) => {
        const at = seed % (original.length - 1);
        const swapped =
          original.slice(0, at) + original.charAt(at + 1) + original.charAt(at) + original.slice(at + 2);
        fc.pre(swapped !== original);
        expect(suggest(swapped, [original])).toBe(original);
      }),
    );
  });
});
