import { expect, test } from 'vitest';
import { parseDockerIgnore } from './docker-ignore.ts';

test.each<[rules: string, left: string[], kept: string[]]>([
  ['# nothing\n\n', [], ['a', '# nothing']],
  ['*.log', ['a.log'], ['sub/a.log', 'a.log.txt']],
  ['/node_modules/', ['node_modules', 'node_modules/a/b'], ['sub/node_modules']],
  ['**/node_modules', ['node_modules/x', 'a/b/node_modules/x'], ['node_modules2']],
  ['docs/**/*.md', ['docs/a.md', 'docs/x/y/a.md'], ['a.md', 'docs/a.txt']],
  ['sub/?.[ch]', ['sub/a.c', 'sub/b.h'], ['sub/ab.c', 'sub/a.o']],
  ['*\n!keep\n!sub/keep', ['a', 'sub/a', 'sub'], ['keep', 'sub/keep', 'keep/all']],
  ['!a\na', ['a'], ['b']],
  ['a+b(c', ['a+b(c'], ['aab(c']],
  ['[z-a]', [], ['z']],
])('%j leaves out %j and keeps %j', (rules, left, kept) => {
  const leftOut = parseDockerIgnore(rules);
  expect([...left, ...kept].filter(leftOut)).toEqual(left);
});

const atOnce = { timeout: 10_000 }; // years, where every place for every star is tried

test.each([
  ['*a'.repeat(60), 'a'.repeat(255), 'a'],
  ['**/a/'.repeat(60), 'a/'.repeat(300), 'a'],
  ['x**a/'.repeat(30), 'xa/'.repeat(300), 'a'],
])('%j… costs no time to speak of', atOnce, (pattern, path, end) => {
  expect(parseDockerIgnore(`${pattern}b`)(path + end)).toBe(false);
  expect(parseDockerIgnore(`${pattern}*${end}`)(path + end)).toBe(true);
});

test.each([
  ['**/a/**/b/c', 'a/b/a/x/b/b/c', true],
  ['a*b*c/d', 'abxbc/d', true],
  ['a*b*c/d', 'abxb/c/d', false],
  ['**/a*b/**/c', 'ab/x/axb/y/z/c', true],
  ['*a*/b', 'xa/aay/b', false],
])('%j and %j: %s', (pattern, path, leftOut) => {
  expect(parseDockerIgnore(pattern)(path)).toBe(leftOut);
});
