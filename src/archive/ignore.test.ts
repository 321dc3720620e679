import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { parseIgnore } from './ignore.ts';

describe('parseIgnore', () => {
  it.each([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/in/a.log', true],
    ['*.log', 'a.logs', false],
    ['/a.log', 'a.log', true],
    ['/a.log', 'b/a.log', false],
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'x/docs/a.md', true],
    ['docs/*.md', 'docs/x/a.md', false],
    ['/docs/*.md', 'x/docs/a.md', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'aäc', true],
    ['[ab].txt', 'b.txt', true],
    ['[!ab].txt', 'b.txt', false],
    ['[^ab].txt', 'c.txt', true],
    ['[a-c].txt', 'b.txt', true],
    ['[]x].txt', '].txt', true],
    ['[a\\-c].txt', '-.txt', true],
    ['[a\\-c].txt', 'b.txt', false],
    ['\\#file', '#file', true],
    ['\\*', 'x', false],
    ['\\*', '*', true],
    ['a.b', 'axb', false],
    ['**/x', 'a/x', true],
    ['**/x', 'x', false],
    ['# comment', '# comment', false],
    ['  spaced  ', 'spaced', true],
    ['windows\r', 'windows', true],
    ['[open', '[open', false],
    ['[z-a]', 'z', false],
    ['/', 'x', false],
    ['', 'x', false],
  ])('%j on %j: %s', (pattern, path, expected) => {
    expect(parseIgnore(pattern)(path, false)).toBe(expected);
  });

  it('takes a trailing slash for folders only', () => {
    const ignore = parseIgnore('build/');
    expect([ignore('a/build', true), ignore('a/build', false)]).toEqual([true, false]);
  });

  it('keeps what one line accepts, whatever stands before or after it', () => {
    for (const text of ['*.log\n!keep.log', '!keep.log\n*.log']) {
      const ignore = parseIgnore(text);
      expect([ignore('keep.log', false), ignore('x/keep.log', false), ignore('a.log', false)]).toEqual([
        false,
        false,
        true,
      ]);
    }
  });

  it('reads any text without complaint', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string(), (text, path) => {
        expect(typeof parseIgnore(text)(path, false)).toBe('boolean');
      }),
    );
  });

  it('takes no time to speak of, whatever pattern meets whatever name', { timeout: 10_000 }, () => {
    const stars = '*a'.repeat(60);
    const name = 'a'.repeat(255);
    expect(parseIgnore(`${stars}b`)(name, false)).toBe(false);
    expect(parseIgnore(`${stars}*`)(name, false)).toBe(true);
  });

  it('finds what is between stars wherever it is', () => {
    const cases: [pattern: string, name: string][] = [
      ['a*b*c', 'abxbcxc'],
      ['*ab*ab', 'aabab'],
      ['*?b*', 'xab'],
      ['[ab]*[cd]*e', 'bxdye'],
    ];
    for (const [pattern, name] of cases) expect(parseIgnore(pattern)(name, false)).toBe(true);
    expect(parseIgnore('a*b*b')('axb', false)).toBe(false);
  });

  it('takes a quoted name literally', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^/\s\\]{1,8}$/u), (name) => {
        const quoted = [...name].map((character) => `\\${character}`).join('');
        expect(parseIgnore(quoted)(name, false)).toBe(true);
      }),
    );
  });
});
