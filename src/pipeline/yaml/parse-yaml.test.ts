import { describe, expect, test } from 'vitest';
import { createReport } from '../report.ts';
import { MAX_DEPTH, MAX_SOURCE_LENGTH } from './limits.ts';
import type { YamlNode } from './node.ts';
import { parseYaml } from './parse-yaml.ts';
import { createSource } from './source.ts';

type Plain = string | Plain[] | { [name: string]: Plain };

function plain(node: YamlNode): Plain {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(Array.from(node.entries.values(), ({ name, value }) => [name, plain(value)]));
}

function read(text: string) {
  const report = createReport(createSource('x.yml', text));
  const root = parseYaml(report);
  return {
    root,
    value: root && plain(root),
    diagnostics: report.diagnostics,
    codes: report.diagnostics.map((d) => d.code),
  };
}

describe('parseYaml', () => {
  test('keeps keys as they are written and in their order, whatever they mean in YAML', () => {
    const { root } = read('yes: a\non: b\n1.0: c\n"2": d\n~: e\n1: f\n__proto__: g\nconstructor: h\n');
    const names = root?.kind === 'map' ? [...root.entries.keys()] : [];
    expect(names).toEqual(['yes', 'on', '1.0', '2', '~', '1', '__proto__', 'constructor']);
  });

  test('follows aliases, also as keys, to the anchor read last', () => {
    expect(read('a: &x one\nb: *x\nc: &x two\nd: *x\n*x : e').value).toEqual({
      a: 'one',
      b: 'one',
      c: 'two',
      d: 'two',
      two: 'e',
    });
  });

  test('applies merge keys: own keys win, and earlier merged maps win over later ones', () => {
    const text =
      'a: &a {k: a, l: a}\nb: &b {k: b, m: b}\nc:\n  <<: [*a, *b]\n  l: own\nd:\n  l: own\n  <<: *a\n';
    expect(read(text).value).toMatchObject({ c: { k: 'a', l: 'own', m: 'b' }, d: { k: 'a', l: 'own' } });
  });

  test('takes a quoted "<<" as an ordinary key', () => {
    expect(read('a: &a {k: v}\nb: {"<<": *a}').value).toMatchObject({ b: { '<<': { k: 'v' } } });
  });

  test('lets the last of two equal keys win, and warns of it', () => {
    const { value, diagnostics } = read('a: 1\nb: 2\na: 3\n');
    expect(value).toEqual({ a: '3', b: '2' });
    expect(diagnostics).toMatchObject([
      { severity: 'warning', code: 'duplicate-key', range: { start: { line: 3 } } },
    ]);
  });

  test('makes text of what is quoted or has a tag of its own', () => {
    const { root } = read('[1, "1", !!str 1, !mine 1, !!int 1]');
    const types =
      root?.kind === 'list' ? root.items.map((item) => item.kind === 'scalar' && item.type.is) : [];
    expect(types).toEqual(['int', 'string', 'string', 'string', 'int']);
  });

  test('counts lines and columns alike in files with line feeds, with CRLF, and with a byte order mark', () => {
    const text = 'a: 1\nb:\n  - *nothing\n';
    const place = (written: string) => read(written).diagnostics[0]?.range?.start;
    expect(place(text)).toMatchObject({ line: 3, column: 5 });
    expect(place(text.replaceAll('\n', '\r\n'))).toMatchObject({ line: 3, column: 5 });
    expect(place(`\ufeff${text}`)).toMatchObject({ line: 3, column: 5 });
    expect(place(text.replaceAll('\n', '\r'))).toMatchObject({ line: 3, column: 5 });
  });

  test('uses the first of several documents, and warns of the second', () => {
    const { value, diagnostics } = read('a: 1\n---\nb: [2\n');
    expect(value).toEqual({ a: '1' });
    expect(diagnostics).toMatchObject([
      { severity: 'warning', code: 'second-document', range: { start: { line: 2 } } },
    ]);
  });

  test.each(['', '\n', '# only a comment\n', '---\n# nothing\n'])('finds no value in %j', (text) => {
    const { root, diagnostics } = read(text);
    expect(root?.kind === 'scalar' ? root.type.is : undefined).toBe(root && 'null');
    expect(diagnostics).toEqual([]);
  });
});

describe('where the original parser is more generous than YAML', () => {
  test('quoted text may go on with less indentation', () => {
    const text = 'a:\n  - b:\n      c: "one\n two\n\n three"\n      d: \'four\n  five\'\n  - *missing\n';
    const { diagnostics } = read(text);
    expect(diagnostics).toMatchObject([{ code: 'unknown-anchor', range: { start: { line: 9, column: 5 } } }]);
    expect(read(text.replace('*missing', 'e')).value).toEqual({
      a: [{ b: { c: 'one two\nthree', d: 'four five' } }, 'e'],
    });
  });

  test('brackets may be closed in the first column', () => {
    expect(read('a:\n  b: [\nc, # it\'s "one\n{d: e}\n]\n  f: {\n  g: "]"\n}\n').value).toEqual({
      a: { b: ['c', { d: 'e' }], f: { g: ']' } },
    });
  });

  test('a comment may follow a quote without a space', () => {
    expect(read('a: "b"#c\n')).toMatchObject({ value: { a: 'b' }, diagnostics: [] });
  });
});

describe('when a file is hostile', () => {
  test('a file above the limit is not read', () => {
    const { diagnostics } = read('a'.repeat(MAX_SOURCE_LENGTH + 1));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      code: 'file-too-large',
      message: expect.stringContaining('1 MiB'),
    });
  });

  test('a file of a million signs is not read to its end', () => {
    expect(read(`[${'a,'.repeat(400_000)}]`).codes).toEqual(['file-too-large']);
  });

  const deep = { brackets: '[', braces: '{', dashes: '- ', questions: '? ', 'keys on one line': 'a: ' };
  test.each(Object.entries(deep))('nesting beyond the limit is refused: %s', (_, piece) => {
    expect(read(piece.repeat(500_000 / piece.length)).codes).toEqual(['too-deep']);
  });

  test('nesting by indentation beyond the limit is refused, and up to it allowed', () => {
    const nested = (depth: number) =>
      Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}k:\n`).join('');
    expect(read(nested(MAX_DEPTH)).codes).toEqual([]);
    expect(read(nested(MAX_DEPTH + 1)).codes).toEqual(['too-deep']);
    expect(read(nested(1000)).codes).toEqual(['too-deep']);
  });

  test('brackets without end inside of a script are no nesting', () => {
    const code = 'echo "\\033[1m"\n'.repeat(500).replaceAll(/^/gm, '  ');
    expect(read(`code: |\n${code}`).codes).toEqual([]);
  });

  test('aliases that multiply are refused where they go too far', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const { codes, diagnostics } = read(`a0: &a0 [x]\n${lines.join('\n')}`);
    expect(codes).toEqual(['too-many-aliases']);
    expect(diagnostics[0]?.range?.start.line).toBe(6);
  });

  test('merge keys that multiply are refused too', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `a${i + 1}: &a${i + 1}\n  <<: *a${i}\n  k${i}: v`);
    expect(read(`a0: &a0 {x: y}\n${lines.join('\n')}`).codes).toEqual(['too-many-aliases']);
  });

  test('an alias inside of its own value is refused', () => {
    expect(read('a: &a [*a]').codes).toEqual(['alias-loop']);
    expect(read('a: &a {<<: *a}').codes).toEqual(['alias-loop']);
  });

  test('an alias to nothing is refused, with what it may have meant', () => {
    expect(read('a: &defaults {}\nb: *defualts').diagnostics).toMatchObject([
      { code: 'unknown-anchor', hint: 'did you mean *defaults?' },
    ]);
  });

  test.each(['\u0000', '\u0007', '\u001b', '\u007f', '\u009b', '\ufeff', '\uffff', '\ud800'])(
    'the control character %j is refused where it stands',
    (control) => {
      const { diagnostics } = read(`a: b\nc: d${control}e\n`);
      expect(diagnostics).toMatchObject([
        { code: 'control-character', range: { start: { line: 2, column: 5 } } },
      ]);
    },
  );

  test('half a million wrong escapes are one mistake', () => {
    expect(read(`a: "${'\\q'.repeat(500_000)}"`).codes).toEqual(['unknown-escape']);
  });

  test('quotes and brackets that never close are not looked at again and again', () => {
    // Looked at again for each of them it would take minutes, and the test its time limit.
    expect(read('a: "\nb: [\n'.repeat(2000)).codes).toHaveLength(1);
  });
});
