import { describe, expect, it } from 'vitest';
import type { RuntimeKind } from '../build.ts';
import { checkRequirements, KINDS } from './index.ts';

/** Line, column and words of each mistake. */
const mistakes = (kind: RuntimeKind, text: string): string[] =>
  checkRequirements(kind, text).map(
    ({ range, message }) => `${range ? `${range.start.line}:${range.start.column} ` : ''}${message}`,
  );

const EVERY_KIND = [...KINDS.values()].map(({ name }) => name);

describe('a file of JSON', () => {
  it.each([
    ['{"dependencies": }', '1:18 The file is not JSON: expected a value, found "}".'],
    ['{"a": 1,}', '1:9 The file is not JSON: expected a name in double quotes, found "}".'],
    ['{"a" 1}', '1:6 The file is not JSON: expected ":", found "1".'],
    ['{\n  "a": yes\n}', '2:8 The file is not JSON: expected a value, found "yes".'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3 The file is not JSON: expected "," or "}", found "b"'],
    ['{"a": [1 2]}', '1:10 The file is not JSON: expected "," or "]", found "2".'],
    [
      '{"a": {',
      '1:8 The file is not JSON: expected a name in double quotes or "}", found the end of the file.',
    ],
    ['{"a": 01}', '1:7 The file is not JSON: expected a value, found "01".'],
    ['{} x', '1:4 The file is not JSON: expected the end of the file, found "x".'],
    ['requests==2.31', '1:1 The file is not JSON: expected a value, found "requests".'],
    ['{"a": "b\nc"}', '1:7 The file is not JSON: expected a value, found "b (a string that does not end'],
    ['[]', '1:1 Expected a JSON object, found an array.'],
    [' null', '1:2 Expected a JSON object, found null.'],
    ['"text"', '1:1 Expected a JSON object, found a string.'],
  ])('%j is told of as wrong', (text, words) => {
    expect(mistakes('nodejs', text)).toEqual([
      expect.stringContaining(words.replace('found "b"', 'found "b')),
    ]);
  });

  it('has every requirement that is none told of, with its place', () => {
    const text = '{\n "dependencies": {"a": "1", "b": 2,\n  "c": {"x": "}"}},\n "devDependencies": ["d"]\n}';
    expect(mistakes('nodejs', text)).toEqual([
      '2:34 "b" in "dependencies" should be a string like "^1.2.3", found a number.',
      '3:8 "c" in "dependencies" should be a string like "^1.2.3", found an object.',
      '4:21 "devDependencies" should be an object of package names, found an array.',
    ]);
  });

  it.each(['nodejs', 'php', 'dotnet'] as const)('has names that are none told of, for %s', (kind) => {
    const table = kind === 'php' ? 'require' : 'dependencies';
    const text = `{"${table}": {"a": "1", "a b": "1", "": "1", "c\\n": "1", "@d/e": "1"}}`;
    const codes = checkRequirements(kind, text).map(({ code, message }) => `${code} ${message}`);
    expect(codes).toEqual([
      `not-a-name "a b" in "${table}" is no package's name.`,
      `not-a-name "" in "${table}" is no package's name.`,
      `not-a-name "c\\n" in "${table}" is no package's name.`,
    ]);
  });

  it('may have what only another tool knows', () => {
    for (const text of [
      '{}',
      '\uFEFF{"dependencies": {}}',
      '{"dependencies": {"a": "workspace:*"}, "x": [1, {"y": null}]}',
      '{"require": []}',
      '{"a": -1.5e3, "b": "\\u00e9\\n", "c": [true, false, null]}',
    ]) {
      for (const kind of ['nodejs', 'php', 'dotnet'] as const) expect(mistakes(kind, text)).toEqual([]);
    }
    expect(mistakes('dotnet', '{"dependencies": {"A": {"version": "1.0"}}}')).toEqual([]);
    expect(mistakes('php', '{"require": {"a/b": 1}}')).toHaveLength(1);
  });

  it('is told of with a code, the file and the place', () => {
    const [diagnostic] = checkRequirements('php', '{\n  "require": 1\n}');
    expect(diagnostic).toMatchObject({ severity: 'error', code: 'wrong-type', file: 'composer.json' });
    expect(diagnostic?.range?.start).toEqual({ line: 2, column: 14, offset: 15 });
  });
});

describe('a requirements.txt', () => {
  it.each([
    ['{"dependencies": {}}', 1, 1, '{'],
    ['requests\n  <html>', 2, 3, '<'],
    ['a\n==1.0', 2, 1, '='],
    ['[packages]', 1, 1, '['],
  ])('%j is told of as wrong', (text, line, column, sign) => {
    expect(mistakes('python', text)).toEqual([
      `${line}:${column} Expected a requirement like "requests==2.31" or an option, found a line that begins with ${JSON.stringify(sign)}.`,
    ]);
  });

  it('may have options, comments, paths, links and continued lines', () => {
    const text = `--index-url https://example.com/simple
# comment
  requests[socks] >= 2.8.1, == 2.8.* ; python_version < "3"  # why
./wheels/a.whl
-e git+https://example.com/x#egg=x
"quoted"
\${TOKEN}
hashed==1.0 \\
    --hash=sha256:00
pinned \\
==1.0
a @ https://example.com/a.zip
`;
    expect(mistakes('python', text)).toEqual([]);
  });
});

describe('a pom.xml', () => {
  it.each([
    ['{"a": 1}', '1:1 The file is not XML: Expected one element, and nothing beside it.'],
    ['<project><a></b></project>', '1:13 The file is not XML: Expected </a>, found </b>.'],
    ['<project>\n<a>', '2:1 The file is not XML: Expected </a> before the end of the file.'],
    ['<project></project></project>', '1:20 The file is not XML: Expected no end tag, found </project>.'],
    ['<project>1 < 2</project>', '1:12 The file is not XML: Expected a tag, found "<" that begins none.'],
    ['<project><!-- </project>', '1:10 The file is not XML: Expected --> before the end of the file.'],
    ['<project/><project/>', '1:1 The file is not XML: Expected one element, and nothing beside it.'],
    ['<!-- a -->\n<html/>', '2:1 Expected the element <project>, found <html>.'],
  ])('%j is told of as wrong', (text, words) => {
    expect(mistakes('java', text)).toEqual([words]);
  });

  it('may have declarations, comments, attributes and CDATA', () => {
    const text = `\uFEFF<?xml version="1.0"?>
<!-- <not> a tag -->
<project xmlns="http://maven.apache.org/POM/4.0.0" a='"' b="/>">
  <name><![CDATA[<b>&]]></name><empty/><empty a="1" />
</project>
`;
    expect(mistakes('java', text)).toEqual([]);
    expect(mistakes('java', `<!DOCTYPE project [<!ENTITY a "b">]><project>&a;</project>`)).toEqual([]);
  });
});

describe('any file', () => {
  it.each(EVERY_KIND)('of %s may be blank, and has no NUL in it', (kind) => {
    expect(mistakes(kind, '')).toEqual([]);
    expect(mistakes(kind, ' \r\n\t')).toEqual([]);
    expect(mistakes(kind, 'a\n\0b')).toEqual(['2:1 Expected text, found the sign U+0000.']);
  });

  const MB = 1024 * 1024;
  it.each([
    ['open brackets', '['.repeat(MB / 4)],
    ['nested objects', '{"a":'.repeat(MB / 4)],
    ['nested objects that end', `${'{"a":'.repeat(MB / 2)}1${'}'.repeat(MB / 2)}`],
    ['one string', `{"a": "${'\\"'.repeat(MB / 2)}"}`],
    ['a string that does not end', `{"a": "${'x'.repeat(MB / 4)}`],
    ['open tags', '<a>'.repeat(MB / 4)],
    ['attributes', `<project ${'a="b" '.repeat(MB / 2)}/>`],
    ['attributes that do not end', `<project ${'a='.repeat(MB / 2)}`],
    ['a comment that does not end', `<!--${'-'.repeat(MB / 4)}`],
    ['blanks', `a${' '.repeat(MB / 4)}b`],
    ['lines', 'a\n'.repeat(MB / 2)],
    [
      'mistakes',
      `{"dependencies": {${Array.from({ length: 20_000 }, (_, index) => `"${index}": 1`).join()}}}`,
    ],
  ])('of %s is answered soon', (_name, text) => {
    for (const kind of EVERY_KIND) expect(checkRequirements(kind, text).length).toBeLessThanOrEqual(20);
  });
});
