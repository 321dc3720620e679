import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingScopes, satisfies } from './satisfies.ts';
import { isScope, normalizeScopes, ScopeSet } from './scope-set.ts';

/** The rule as it is said, for comparison with what is fast. */
const covers = (held: string, needed: string): boolean =>
  held === needed || (held.endsWith('*') && needed.startsWith(held.slice(0, -1)));

// Few characters, so that scopes meet.
const scope = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*'), maxLength: 6 });
const scopes = fc.array(scope, { maxLength: 12 });

describe('a scope', () => {
  it('is satisfied by itself, and by a beginning with a star', () => {
    for (const held of ['queue:status:abc', 'queue:status:*', 'queue:status:abc*', '*'])
      expect(satisfies([held], 'queue:status:abc'), held).toBe(true);
  });

  it('is refused where it is one character short, or the star is not at the end', () => {
    for (const held of [
      'queue:status:ab',
      'queue:status:abcd',
      'queue:status:abcd*',
      'queue:*:abc',
      '*c',
      '',
    ])
      expect(satisfies([held], 'queue:status:abc'), held).toBe(false);
  });

  it('that ends in a star itself needs one that covers all of it', () => {
    expect(satisfies(['a:b', 'a:c'], 'a:*')).toBe(false);
    expect(satisfies(['a:*'], 'a:*')).toBe(true);
    expect(satisfies(['a*'], 'a:*')).toBe(true);
  });

  it('is printable ASCII', () => {
    expect(isScope('a b:~')).toBe(true);
    for (const wrong of ['a\nb', 'ä', '\x7f', 7, undefined, ['a']]) expect(isScope(wrong)).toBe(false);
  });

  it('is found among any others exactly where the rule says so', () => {
    fc.assert(
      fc.property(scopes, scope, (held, needed) => {
        expect(new ScopeSet(held).has(needed)).toBe(held.some((each) => covers(each, needed)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an expression', () => {
  it('of nothing is true for all, and false for any', () => {
    expect(satisfies([], { AllOf: [] })).toBe(true);
    expect(satisfies(['*'], { AnyOf: [] })).toBe(false);
  });

  it('says what is missing of it, and nothing else', () => {
    const needed = { AllOf: ['a', { AnyOf: ['b', { AllOf: ['c', 'd'] }] }] };
    expect(missingScopes(['a', 'b'], needed)).toBeUndefined();
    expect(missingScopes(['a', 'c'], needed)).toEqual({ AnyOf: ['b', 'd'] });
    expect(missingScopes(['b'], needed)).toBe('a');
    expect(missingScopes([], needed)).toEqual({
      AllOf: ['a', { AnyOf: ['b', { AllOf: ['c', 'd'] }] }],
    });
  });
});

describe('normalised scopes', () => {
  it('are sorted, stars first, without what others cover', () => {
    expect(normalizeScopes(['b', 'ab', 'a', 'a*', 'b', 'a('])).toEqual(['a*', 'b']);
    expect(normalizeScopes(['aa', '', 'a(', 'b', 'a'])).toEqual(['', 'a', 'a(', 'aa', 'b']);
    expect(normalizeScopes(['x', '*', 'y*'])).toEqual(['*']);
  });

  it('satisfy the same, and none covers another', () => {
    fc.assert(
      fc.property(scopes, scope, (held, needed) => {
        const normal = normalizeScopes(held);
        expect(normal.some((each) => covers(each, needed))).toBe(held.some((each) => covers(each, needed)));
        for (const [at, one] of normal.entries())
          for (const [other, two] of normal.entries())
            if (at !== other) expect(covers(one, two), `${one} ${two}`).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
