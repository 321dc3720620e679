import { describe, expect, test } from 'vitest';
import type { StepSpec } from '../definition.ts';
import { parseDefinition } from './parse-definition.ts';

const parse = (text: string) => parseDefinition(text, { file: 'wercker.yml' });

/** The steps of the pipeline `build`, without their places; there must be no mistakes. */
function steps(list: string): unknown[] {
  const { definition, diagnostics } = parse(`box: x\nbuild:\n  steps:\n${list.replaceAll(/^/gm, '    ')}`);
  expect(diagnostics).toEqual([]);
  return (definition?.pipelines.get('build')?.steps ?? []).map(withoutPlaces);
}

function withoutPlaces({ range: _, properties, ...step }: StepSpec) {
  return {
    ...step,
    properties: Object.fromEntries(Array.from(properties, ([key, { value }]) => [key, value])),
  };
}

const codes = (text: string): string[] => parse(text).diagnostics.map(({ code }) => code);

describe('a step', () => {
  test('may be a name, a number, or a name with data below or beside it', () => {
    expect(
      steps(`
- npm-test
- 42
- npm-install:
    production: yes
- create-file:
  filename: x
  mode: 0644
- me/deploy@^1.2: {to: there}
`),
    ).toMatchObject([
      { id: 'npm-test', owner: 'wercker', name: 'npm-test', properties: {} },
      { id: '42', name: '42' },
      { name: 'npm-install', properties: { production: 'true' } },
      { name: 'create-file', properties: { filename: 'x', mode: '420' } },
      {
        id: 'me/deploy@^1.2',
        owner: 'me',
        name: 'deploy',
        source: { kind: 'registry', version: '^1.2' },
        properties: { to: 'there' },
      },
    ]);
  });

  test('may come from a URL, with data or without', () => {
    expect(steps('- a "https://example.com/a.tgz"\n- "b \\"file://./b\\"":\n    x: z\n')).toMatchObject([
      { name: 'a', source: { kind: 'tarball', url: 'https://example.com/a.tgz' } },
      { name: 'b', source: { kind: 'folder', path: './b' }, properties: { x: 'z' } },
    ]);
  });

  test('gives its name, folder and checkpoint away, and a script its code', () => {
    const data = 'name: run\ncwd: sub\ncheckpoint: c\ncode: |\n  a\n  b\nother: o\n';
    const expected = {
      displayName: 'run',
      cwd: 'sub',
      checkpoint: 'c',
      source: { kind: 'script', code: 'a\nb\n' },
      properties: { other: 'o' },
    };
    expect(steps(`- script:\n${data.replaceAll(/^/gm, '    ')}`)).toMatchObject([expected]);
    expect(steps(`- script:\n${data.replaceAll(/^/gm, '  ')}`)).toMatchObject([expected]);
  });

  test('keeps the code where it is not a script, and the name where that is a container', () => {
    expect(
      steps(
        '- internal/watch:\n    code: make\n    name: w\n- internal/docker-run:\n    name: db\n    image: x\n',
      ),
    ).toMatchObject([
      { source: { kind: 'internal' }, displayName: 'w', properties: { code: 'make' } },
      { source: { kind: 'internal' }, properties: { name: 'db', image: 'x' } },
    ]);
  });

  test('gets whole numbers in decimal and booleans as true and false', () => {
    const data = '{a: 0x1F, b: 1_000, c: on, d: No, e: 22:22, f: "1.5", g: 2015-01-01, h: ""}';
    expect(steps(`- x: ${data}`)).toMatchObject([
      {
        properties: {
          a: '31',
          b: '1000',
          c: 'true',
          d: 'false',
          e: '22:22',
          f: '1.5',
          g: '2015-01-01',
          h: '',
        },
      },
    ]);
  });

  test('gets empty text for fractions, nothing, lists and maps, with a warning for each', () => {
    const { definition, diagnostics } = parse(
      'box: x\nbuild:\n  steps:\n    - x: {a: 1.5, b: , c: [1], d: {e: f}, g: h}\n',
    );
    const properties = definition?.pipelines.get('build')?.steps[0]?.properties;
    expect(Array.from(properties ?? [], ([, { value }]) => value)).toEqual(['', '', '', '', 'h']);
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual(
      Array(4).fill('warning lost-value'),
    );
    expect(diagnostics[0]?.hint).toContain('"1.5"');
  });

  test('knows its place and the places of its properties', () => {
    const { definition } = parse('box: x\nbuild:\n  steps:\n    - x:\n        key: value\n');
    const [step] = definition?.pipelines.get('build')?.steps ?? [];
    expect(step?.range).toMatchObject({ start: { line: 4, column: 7 }, end: { line: 4, column: 8 } });
    expect(step?.properties.get('key')?.range.start).toMatchObject({ line: 5, column: 14 });
  });

  test('that is an empty script is an error, and one without code a warning', () => {
    expect(codes('box: x\nb: {steps: [script]}')).toEqual(['empty-script']);
    expect(codes('box: x\nb: {steps: [{script: }]}')).toEqual(['empty-script']);
    expect(codes('box: x\nb: {steps: [{script: {name: a}}]}')).toEqual(['no-code']);
  });
});
