import { describe, expect, test } from 'vitest';
import { parseDefinition } from '../definition/parse-definition.ts';
import type { StepManifest, StepProperty } from '../manifest.ts';
import { type PlanInput, planPipeline } from './plan-pipeline.ts';
import { resolveTarget } from './resolve-target.ts';

const property = (name: string, more: Partial<StepProperty> = {}): StepProperty => ({
  name,
  type: 'string',
  required: false,
  secret: false,
  ...more,
});

interface Case extends Partial<Omit<PlanInput, 'target' | 'resolved' | 'newId'>> {
  /** By step name. */
  readonly manifests?: Readonly<Record<string, StepManifest>>;
}

function plan(text: string, { manifests = {}, ...flags }: Case = {}) {
  const { definition } = parseDefinition(text, { file: 'wercker.yml' });
  if (definition === undefined) throw new Error('the text is no definition');
  const target = resolveTarget({ definition, pipeline: 'build' });
  if (!target.ok) return target;
  const specs = [...target.value.steps, ...target.value.afterSteps];
  const resolved = new Map(
    specs.map((spec) => {
      const manifest = manifests[spec.name];
      return [spec, { folder: `/steps/${spec.name}`, ...(manifest !== undefined && { manifest }) }];
    }),
  );
  let count = 0;
  const newId = () => {
    count += 1;
    return `id-${count}`;
  };
  return planPipeline({ target: target.value, resolved, newId, ...flags });
}

function planned(text: string, options?: Case) {
  const result = plan(text, options);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function mistakes(text: string, options?: Case) {
  const result = plan(text, options);
  return result.ok ? [] : result.error;
}

const MINIMAL = 'box: ruby\nbuild:\n  steps: [a]\n';

describe('the places of a run', () => {
  test.each([
    ['', {}, '/pipeline/source', '/pipeline/source'],
    ['source-dir: sub/dir\n', {}, '/pipeline/source', '/pipeline/source/sub/dir'],
    ['', { sourceDir: 'flag' }, '/pipeline/source', '/pipeline/source/flag'],
    ['source-dir: file\n', { sourceDir: 'flag' }, '/pipeline/source', '/pipeline/source/file'],
    ['', { guestRoot: '/w' }, '/w/source', '/w/source'],
  ])('follow the file and the flags: %j %j', (line, flags, basePath, sourceDir) => {
    expect(planned(line + MINIMAL, flags)).toMatchObject({ basePath, sourceDir });
  });

  test.each([
    ['/app/', '/app'],
    ['app', '/app'],
    ['/a/./b/../c', '/a/c'],
    ['/../..', '/'],
  ])('have an absolute base path: %s', (written, basePath) => {
    expect(planned(`box: x\nbuild: {base-path: ${written}}\n`)).toMatchObject({ basePath });
  });
});

describe('timeouts', () => {
  test('are 25 and 5 minutes', () => {
    expect(planned(MINIMAL)).toMatchObject({ commandTimeoutMs: 1_500_000, noResponseTimeoutMs: 300_000 });
  });

  test('follow the flags, in fractions of minutes too', () => {
    const flags = { commandTimeoutMinutes: 0.5, noResponseTimeoutMinutes: 90 };
    expect(planned(MINIMAL, flags)).toMatchObject({
      commandTimeoutMs: 30_000,
      noResponseTimeoutMs: 5_400_000,
    });
  });

  test('of the file win over the flags, up to an hour', () => {
    const text = `command-timeout: 1\nno-response-timeout: 90\n${MINIMAL}`;
    const flags = { commandTimeoutMinutes: 2, noResponseTimeoutMinutes: 2 };
    expect(planned(text, flags)).toMatchObject({ commandTimeoutMs: 60_000, noResponseTimeoutMs: 3_600_000 });
  });
});

describe('a planned step', () => {
  test('has a folder name that is safe, and what the file says of it', () => {
    const text = 'box: x\nbuild:\n  steps:\n    - me/Größe+1@2: {name: Big, cwd: sub, checkpoint: c, a: b}\n';
    expect(planned(text).steps).toEqual([
      {
        safeId: 'Gr--e-1-id-1',
        owner: 'me',
        name: 'Größe+1',
        version: '',
        displayName: 'Big',
        source: { kind: 'registry', version: '2' },
        folder: '/steps/Größe+1',
        cwd: 'sub',
        checkpoint: 'c',
        properties: new Map([['a', 'b']]),
        environment: [],
      },
    ]);
  });

  test('has a fresh id each time, after-steps too', () => {
    const { steps, afterSteps } = planned('box: x\nbuild: {steps: [a, a], after-steps: [a]}\n');
    expect([...steps, ...afterSteps].map(({ safeId }) => safeId)).toEqual(['a-id-1', 'a-id-2', 'a-id-3']);
  });

  test('keeps the folder name short whatever the step is called', () => {
    expect(planned(`box: x\nbuild: {steps: [${'a'.repeat(1000)}]}\n`).steps[0]?.safeId).toHaveLength(105);
  });

  test('is shown by its name, by the one that the file gives, or as an internal step', () => {
    const text =
      'box: x\nbuild:\n  steps:\n    - a\n    - b: {name: B}\n    - internal/docker-push: {repository: a}\n    - internal/docker-run: {name: db, image: b}\n';
    expect(planned(text).steps.map(({ displayName }) => displayName)).toEqual([
      'a',
      'B',
      'docker push',
      'docker run',
    ]);
  });

  test('has the version of its manifest unless another was found', () => {
    const manifests = { a: { version: '1.2.3', properties: [] } };
    expect(planned(MINIMAL, { manifests }).steps[0]?.version).toBe('1.2.3');
  });

  test('must have been looked for, unless it needs no files', () => {
    const { definition } = parseDefinition('box: x\nbuild: {steps: [a]}\n', { file: 'wercker.yml' });
    const target = definition && resolveTarget({ definition, pipeline: 'build' });
    if (target?.ok !== true) throw new Error('no target');
    expect(() => planPipeline({ target: target.value, resolved: new Map(), newId: () => 'x' })).toThrow(
      'step a was not resolved',
    );
  });
});

describe('the variables of a step', () => {
  const manifests = {
    'npm-install': {
      properties: [
        property('use-cache', { type: 'boolean', default: 'true' }),
        property('opts'),
        property('token', { type: 'password', secret: true, default: 't' }),
      ],
    },
  };
  const variables = (data: string) =>
    planned(`box: x\nbuild: {steps: [{me/npm-install: ${data}}]}\n`, { manifests }).steps[0]?.environment;

  test('are the defaults in the order of the manifest, then what the file gives', () => {
    expect(variables('{extra: 1, cwd: x, code: y}')).toEqual([
      { name: 'WERCKER_NPM_INSTALL_USE_CACHE', value: 'true', secret: false },
      { name: 'WERCKER_NPM_INSTALL_OPTS', value: '', secret: false },
      { name: 'WERCKER_NPM_INSTALL_TOKEN', value: 't', secret: true },
      { name: 'WERCKER_NPM_INSTALL_EXTRA', value: '1', secret: false },
    ]);
  });

  test('take given values in the place of defaults, and keep secrets secret', () => {
    expect(variables('{token: $TOKEN, use-cache: no}')?.map(({ value, secret }) => [value, secret])).toEqual([
      ['false', false],
      ['', false],
      ['$TOKEN', true],
    ]);
  });

  test('leave out names that no shell takes, with a warning', () => {
    const { steps, warnings } = planned(
      'box: x\nbuild:\n  steps:\n    - a: {b.c: 1, "d e": 2, f: 3}\n    - "x+y": {g: 4}\n',
    );
    expect(steps.map(({ environment }) => environment.map(({ name }) => name))).toEqual([
      ['WERCKER_A_F'],
      [],
    ]);
    expect(warnings.map(({ code, range }) => [code, range?.start.line])).toEqual([
      ['bad-name', 4],
      ['bad-name', 4],
      ['bad-name', 5],
    ]);
  });
});

describe('the data of a step', () => {
  const manifests = {
    a: {
      properties: [
        property('url', { required: true }),
        property('count', { type: 'int' }),
        property('flag', { type: 'boolean' }),
        property('with-default', { required: true, default: 'x' }),
      ],
    },
  };
  const data = (text: string) => `box: x\nbuild:\n  steps:\n    - a: ${text}\n`;

  test('must have what the step requires', () => {
    expect(mistakes(data('{ulr: x}'), { manifests })).toMatchObject([
      {
        severity: 'error',
        code: 'missing-property',
        message: 'the step "a" needs the property "url"',
        hint: 'is "ulr" meant to be "url"?',
        pipeline: 'build',
        range: { start: { line: 4 } },
      },
      { severity: 'warning', code: 'unknown-property' },
    ]);
  });

  test.each([
    '{url: u}',
    '{url: "", count: -3, flag: on}',
    '{url: u, count: $N, flag: "${F}"}',
    '{url: u, count: "", flag: "yes"}',
  ])('is taken where it fits: %s', (text) => {
    expect(planned(data(text), { manifests }).warnings).toEqual([]);
  });

  test.each([
    '{url: u, count: many}',
    '{url: u, count: "1.5"}',
    '{url: u, flag: perhaps}',
    '{url: u, flag: 2}',
  ])('is refused where it has the wrong type: %s', (text) => {
    expect(mistakes(data(text), { manifests })).toMatchObject([
      { severity: 'error', code: 'wrong-type', range: { start: { line: 4 } } },
    ]);
  });

  test('may have more than the step knows, with a warning', () => {
    expect(planned(data('{url: u, cuont: 1, whatever: 2}'), { manifests }).warnings).toMatchObject([
      { severity: 'warning', code: 'unknown-property', hint: 'did you mean "count"?' },
      { severity: 'warning', code: 'unknown-property', hint: 'it has url, count, flag, with-default' },
    ]);
  });

  test('is not judged where the step declares no properties', () => {
    expect(planned(data('{anything: 1}'), { manifests: { a: { properties: [] } } }).warnings).toEqual([]);
  });

  test('is checked for all steps at once, after-steps too', () => {
    const text = 'box: x\nbuild: {steps: [a, a], after-steps: [a]}\n';
    expect(mistakes(text, { manifests }).map(({ code }) => code)).toEqual(Array(3).fill('missing-property'));
  });
});
