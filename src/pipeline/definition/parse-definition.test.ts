import { describe, expect, test } from 'vitest';
import type { Definition } from '../definition.ts';
import { MAX_DIAGNOSTICS } from '../report.ts';
import { blocksPipeline, parseDefinition } from './parse-definition.ts';

const parse = (text: string) => parseDefinition(text, { file: 'wercker.yml' });

/** The definition of a text without mistakes. */
function read(text: string): Definition {
  const { definition, diagnostics } = parse(text);
  expect(diagnostics).toEqual([]);
  if (definition === undefined) throw new Error('there is no definition');
  return definition;
}

describe('the top of the file', () => {
  test('holds settings, and pipelines of any name', () => {
    const definition = read(`
box: ruby
services: [redis, mongo:3]
command-timeout: 10
no-response-timeout: 0x10
source-dir: src
ignore-file: .ignore
workflows: [{name: x, pipelines: [{name: build}]}]
build: {steps: []}
"my pipeline": {}
`);
    expect(definition).toMatchObject({
      file: 'wercker.yml',
      box: { id: 'ruby', repository: 'ruby' },
      services: [{ repository: 'redis' }, { repository: 'mongo', tag: '3' }],
      commandTimeoutMinutes: 10,
      noResponseTimeoutMinutes: 16,
      sourceDir: 'src',
      ignoreFile: '.ignore',
    });
    expect([...definition.pipelines.keys()]).toEqual(['build', 'my pipeline']);
  });

  test('may lack everything but a pipeline and its box', () => {
    expect(read('a: {box: x}')).toEqual({
      file: 'wercker.yml',
      pipelines: expect.any(Map),
      workflows: new Map(),
    });
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', 'yes', 'null'])(
    'may name a pipeline %s',
    (name) => {
      const { pipelines } = read(`box: x\n${name}:\n  ${name}: [a]\n  steps:\n    - ${name}: {${name}: b}\n`);
      expect([...pipelines.keys()]).toEqual([name]);
      expect([...(pipelines.get(name)?.targets.keys() ?? [])]).toEqual([name]);
      expect(pipelines.get(name)?.steps[0]?.properties.get(name)?.value ?? 'b').toBe('b');
    },
  );

  test('may hold what others refer to, by names that begin with x-', () => {
    const { pipelines } = read(`
x-steps:
  - &lint {script: {name: lint, code: make lint}}
x-env: &env {A: b}
x-image: &image ruby
x-lists: {common: [&test {script: {name: test, code: make test}}]}
box: {id: *image, env: *env}
build: {steps: [*lint, *test]}
x-real: {steps: [*test]}
workflows: [{name: x, pipelines: [{name: build}, {name: x-real, requires: [build]}]}]
`);
    expect([...pipelines.keys()]).toEqual(['build', 'x-real']);
    expect(pipelines.get('build')?.steps.map(({ displayName }) => displayName)).toEqual(['lint', 'test']);
  });

  test.each(['0', '-5', '0.5', 'soon', '"10"', '[10]'])('drops a timeout of %s with a warning', (value) => {
    const { definition, diagnostics } = parse(`box: x\ncommand-timeout: ${value}\nbuild: {}\n`);
    expect(definition).not.toHaveProperty('commandTimeoutMinutes');
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'wrong-type' }]);
  });

  test('cuts long timeouts to an hour', () => {
    expect(parse('box: x\ncommand-timeout: 90\nbuild: {}\n').definition?.commandTimeoutMinutes).toBe(60);
  });
});

describe('a pipeline', () => {
  test('has a box, services, steps, after-steps, targets, a base path and access to the engine', () => {
    const { pipelines } = read(`
build:
  box: {id: ruby}
  services: [redis]
  base-path: /app/
  docker: yes
  steps: [a]
  after-steps: [b, c]
  production: [d]
  staging:
`);
    expect(pipelines.get('build')).toMatchObject({
      name: 'build',
      box: { repository: 'ruby' },
      services: [{ repository: 'redis' }],
      basePath: '/app',
      docker: true,
      steps: [{ name: 'a' }],
      afterSteps: [{ name: 'b' }, { name: 'c' }],
      range: { start: { line: 2, column: 1 }, end: { line: 2, column: 6 } },
    });
    const targets = pipelines.get('build')?.targets;
    expect(targets?.get('production')).toMatchObject([{ name: 'd' }]);
    expect(targets?.get('staging')).toEqual([]);
  });

  test('says by an empty list that it has no services, and by leaving them out that the default ones are meant', () => {
    const { pipelines } = read('box: x\nservices: [redis]\na: {services: []}\nb: {}\n');
    expect(pipelines.get('a')?.services).toEqual([]);
    expect(pipelines.get('b')).not.toHaveProperty('services');
  });

  test('may have no steps at all', () => {
    const { pipelines } = read('box: x\na: {}\nb: {steps: }\nc: {steps: []}\n');
    expect([...pipelines.values()].map((pipeline) => pipeline.steps)).toEqual([[], [], []]);
  });

  test('with an error is left out, and the others still run', () => {
    const { definition, diagnostics } = parse(
      'box: x\nbad: {steps: a, docker: 1}\ngood: {steps: [a]}\nempty:\n',
    );
    expect([...(definition?.pipelines.keys() ?? [])]).toEqual(['good']);
    expect(diagnostics.map(({ code, pipeline }) => [code, pipeline])).toEqual([
      ['wrong-type', 'bad'],
      ['wrong-type', 'bad'],
      ['empty-pipeline', 'empty'],
    ]);
    expect(diagnostics.some((diagnostic) => blocksPipeline(diagnostic, 'good'))).toBe(false);
    expect(diagnostics.some((diagnostic) => blocksPipeline(diagnostic, 'bad'))).toBe(true);
  });

  test('without a box anywhere has an error of its own', () => {
    const { diagnostics } = parse('a: {}\nb: {box: x}\n');
    expect(diagnostics).toMatchObject([
      { code: 'no-box', pipeline: 'a', message: expect.stringMatching('No box definition found') },
    ]);
  });

  test('shares steps with others through anchors', () => {
    const { pipelines } = read(
      'box: x\na: &a\n  steps: &s [one, two]\nb:\n  steps: *s\nc:\n  <<: *a\n  after-steps: [three]\n',
    );
    expect([...pipelines.values()].map((pipeline) => pipeline.steps.length)).toEqual([2, 2, 2]);
    expect(pipelines.get('c')?.afterSteps).toMatchObject([{ name: 'three' }]);
  });
});

describe('mistakes in the defaults', () => {
  const BROKEN = 'box: [x]\nservices: [{tag: 1}]\n';

  test('concern the whole file where every pipeline relies on them', () => {
    const { diagnostics } = parse(`${BROKEN}a: {}\nb: {}\n`);
    expect(diagnostics.map(({ severity, pipeline }) => [severity, pipeline])).toEqual([
      ['error', undefined],
      ['error', undefined],
    ]);
  });

  test('concern only the pipelines that rely on them', () => {
    const { diagnostics } = parse(`${BROKEN}a: {}\nb: {box: x, services: []}\n`);
    expect(diagnostics.map(({ severity, pipeline }) => [severity, pipeline])).toEqual([
      ['error', 'a'],
      ['error', 'a'],
    ]);
  });

  test('are warnings where no pipeline relies on them', () => {
    const { diagnostics } = parse(`${BROKEN}b: {box: x, services: []}\n`);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
  });
});

describe('the report', () => {
  test('has every mistake, in the order of the file', () => {
    const text = 'box: [x]\nbuild:\n  steps: a\nservices: 1\ntest:\n  steps: [{}]\n';
    const lines = parse(text).diagnostics.map(({ range }) => range?.start.line);
    expect(lines).toEqual([1, 3, 4, 6]);
  });

  test('ends after a hundred mistakes, errors before warnings, and says how many more there are', () => {
    const warnings = Array.from({ length: 80 }, (_, i) => `  key${i}: x`).join('\n');
    const errors = Array.from({ length: 80 }, (_, i) => `p${i}:`).join('\n');
    const { diagnostics } = parse(`box:\n  id: x\n${warnings}\n${errors}\n`);
    expect(diagnostics).toHaveLength(MAX_DIAGNOSTICS + 1);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(80);
    expect(diagnostics.at(-1)).toMatchObject({
      code: 'more-mistakes',
      message: expect.stringContaining('60 more'),
    });
  });
});
