import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectPath, pathPart, queryText } from './object-path.ts';

describe('a name in a path', () => {
  it.each([
    ['a/b c', 'a/b%20c'],
    ['1+1=2&3', '1%2B1%3D2%263'],
    ['100%', '100%25'],
    ['%2F', '%252F'],
    ['caf\u00e9/日', 'caf%C3%A9/%E6%97%A5'],
    ["it's (a) *star*!", 'it%27s%20%28a%29%20%2Astar%2A%21'],
    ['a?b#c', 'a%3Fb%23c'],
    ['~a-b_c.d', '~a-b_c.d'],
    ['a\\b', 'a%5Cb'],
  ])('writes %j as %j', (name, path) => {
    expect(objectPath(name)).toBe(path);
  });

  it('holds only unreserved characters, and gives the name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const path = objectPath(name);
        expect(path).toMatch(/^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/);
        expect(path.split('/').map(decodeURIComponent).join('/')).toBe(name);
        expect(pathPart(name)).not.toContain('/');
      }),
    );
  });

  it('is read by a URL as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const path = `/o/${pathPart(name)}`;
        fc.pre(!/^\.{1,2}$/.test(name)); // no key has such a part
        expect(new URL(path, 'http://host').pathname).toBe(path);
      }),
    );
  });

  it('tells any two names apart', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        expect(objectPath(one) === objectPath(other)).toBe(one === other);
      }),
    );
  });
});

describe('a query', () => {
  it('leaves out what is not asked, and encodes the rest', () => {
    expect(queryText({})).toBe('');
    expect(queryText({ limit: '10', prefix: undefined, start: 'a b+c/d' })).toBe(
      '?limit=10&start=a%20b%2Bc%2Fd',
    );
  });
});
