import { describe, expect, it } from 'vitest';
import type { RuntimeKind } from '../build.ts';
import { isSubset, KINDS } from './index.ts';

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const pom = (dependencies: string, more = ''): string =>
  `<project>\n  <version>1</version>${more}\n  <dependencies>${dependencies}</dependencies>\n</project>`;
const dependency = (id: string, version = '1', more = ''): string =>
  `\n<dependency>\n<groupId>g</groupId><artifactId>${id}</artifactId><version>${version}</version>${more}</dependency>`;

/** What may be built on what. */
const SUBSETS: readonly (readonly [RuntimeKind, string, string])[] = [
  ['nodejs', json({ dependencies: { a: '1' } }), json({ dependencies: { b: '2', a: '1' } })],
  ['nodejs', '{}', json({ name: 'x', version: '2', dependencies: { a: '1' }, devDependencies: { t: '1' } })],
  [
    'nodejs',
    json({ scripts: { a: 'b', c: 'd' } }),
    json({ scripts: { c: 'd', a: 'b' }, dependencies: { x: '1' } }),
  ],
  ['php', json({ require: [] }), json({ require: { 'a/b': '^1' }, 'require-dev': { t: '1' } })],
  ['dotnet', json({ dependencies: { A: '1' } }), json({ dependencies: { A: '1', B: { version: '1' } } })],
  ['python', 'a==1\nb', '# more\nc >= 2\nb\na==1 # pinned'],
  ['python', '--index-url http://x\na \\\n --hash=1', '--index-url http://x\nb[extra]\na --hash=1'],
  ['python', 'git+https://x/y#egg=z\n'.replace('git', 'a @ git'), 'a @ git+https://x/y#egg=z\nb~=1.0'],
  [
    'ruby',
    'source "https://x"\ngem "a", "~> 1"',
    '# c\nsource "https://x"\ngem "a" , "~> 1"\ngem \'b\', ">= 1", "< 2"\n',
  ],
  ['go', 'module a\nrequire x v1', 'module a\n\nrequire (\n\tx v1 // indirect\n\ty v2\n)\n'],
  [
    'java',
    pom(dependency('a')),
    pom(dependency('b') + dependency('a') + dependency('a', '1', '<type>war</type>')),
  ],
];

/** What may not. */
const OTHERS: readonly (readonly [RuntimeKind, string, string])[] = [
  ['nodejs', json({ dependencies: { a: '1' } }), json({ dependencies: { a: '2', b: '1' } })],
  ['nodejs', json({ dependencies: { a: '1', b: '1' } }), json({ dependencies: { a: '1' } })],
  ['nodejs', json({ overrides: { a: '1' } }), json({ dependencies: { b: '1' } })],
  [
    'nodejs',
    json({ dependencies: { a: '1' } }),
    json({ dependencies: { a: '1', b: '1' }, scripts: { x: 'y' } }),
  ],
  ['nodejs', '{"dependencies": {"__proto__": "1"}}', json({ dependencies: { b: '1' } })],
  ['nodejs', json({ dependencies: { constructor: '1' } }), json({ dependencies: {} })],
  ['nodejs', 'nonsense', json({})],
  ['nodejs', '[]', '{}'],
  ['php', json({ require: {}, repositories: ['a'] }), json({ require: { 'a/b': '1' } })],
  [
    'dotnet',
    json({ dependencies: { A: { version: '1' } } }),
    json({ dependencies: { A: { version: '2' } } }),
  ],
  ['python', 'a', 'a\n--index-url http://x\nb'],
  ['python', '--index-url http://x\na', '--index-url http://y\na\nb'],
  ['python', 'a', 'a\n-r other.txt'],
  ['python', 'a', 'a\nA==1'],
  ['python', 'my_a.b', 'my_a.b\nmy-a-b==2'],
  ['python', 'a', 'a\n./b.whl'],
  ['python', './a.whl', './a.whl\nb'],
  ['python', 'a', 'a\nhttps://x/b.zip'],
  ['python', 'a==1', 'a==2\nb'],
  ['ruby', 'gem "a"', 'gem "a"\ngem "b", path: "../b"'],
  ['ruby', 'gem "a"', 'gem "a"\ngem "b#{exit}"'],
  ['ruby', 'source "https://x"\ngem "a"', 'source "https://y"\ngem "a"\ngem "b"'],
  ['ruby', 'group :x do\ngem "a"\nend', 'group :x do\ngem "a"\nend\ngem "b"'],
  ['ruby', 'gem "a"', 'gem "a"\ngem "a", "2"'],
  ['go', 'module a\nrequire x v1', 'module a\nrequire x v2\nrequire y v1'],
  ['go', 'module a\nrequire x v1', 'module a\nrequire x v1\nrequire y v1\nreplace x => y v1'],
  ['go', 'module a\nrequire x v1', 'module a\nrequire x v1\nrequire x v2'],
  ['java', pom(dependency('a')), pom(dependency('a', '2') + dependency('b'))],
  ['java', pom(dependency('a')), pom(dependency('a') + dependency('a', '2'))],
  ['java', pom(dependency('a')), pom(dependency('a') + dependency('b'), '<repositories/>')],
  ['java', '<project/>', '<!DOCTYPE project><project/>'],
];

describe('an image is built on', () => {
  it.each(SUBSETS)('%s: %j by %j', (kind, older, newer) => {
    expect(isSubset(kind, older, newer)).toBe(true);
    expect(isSubset(kind, newer, older)).toBe(false);
  });

  it.each([...KINDS.values()])('$name: by the same file', ({ name }) => {
    expect(isSubset(name, 'any text', 'any text')).toBe(true);
  });
});

describe('an image is not built on', () => {
  it.each(OTHERS)('%s: %j by %j', (kind, older, newer) => {
    expect(isSubset(kind, older, newer)).toBe(false);
  });
});

describe('a hostile text', () => {
  const MB = 1024 * 1024;
  it.each([
    ['nested', `${'{"x":'.repeat(MB / 16)}1${'}'.repeat(MB / 16)}`],
    ['nested tags', `${'<a>'.repeat(MB / 16)}${'</a>'.repeat(MB / 16)}`],
    ['quotes', `gem "${'\\"'.repeat(MB)}`],
    ['commas', `gem "a"${', "'.repeat(MB)}`],
    ['name', `${'a-'.repeat(MB)}\u0000`],
    ['blanks', `a${' '.repeat(MB)}#${' '.repeat(MB)}b`],
    ['parentheses', 'require (\n'.repeat(MB / 16)],
  ])('full of %s is answered soon', (_name, text) => {
    for (const { name } of KINDS.values()) expect(() => isSubset(name, text, `${text} x`)).not.toThrow();
  });
});
