import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../definition/parse-definition.ts';
import type { EnvironmentEntry } from '../environment.ts';
import { planPipeline } from '../plan/plan-pipeline.ts';
import { resolveTarget } from '../plan/resolve-target.ts';
import type { Plan } from '../plan.ts';
import type { CacheKey } from './cache-key.ts';
import { compareInputs, compareSources, secretsAmong } from './compare-inputs.ts';
import type { CacheFacts } from './find-inputs.ts';
import { makeCacheKey } from './make-key.ts';
import { type CacheableRequest, whyNotCacheable } from './not-cacheable.ts';

const FILE = `box: { id: ruby, env: { A: b }, cmd: /bin/sh }
services: [{ id: redis, name: queue }]
build:
  steps:
    - script: { name: compile, code: make }
    - script: { name: check, cwd: sub, code: make check }
  after-steps:
    - script: { name: tell, code: echo done }
`;

function plan(text: string = FILE): Plan {
  const { definition } = parseDefinition(text, { file: 'wercker.yml' });
  if (definition === undefined) throw new Error('the text is no definition');
  const target = resolveTarget({ definition, pipeline: 'build' });
  if (!target.ok) throw new Error(JSON.stringify(target.error));
  const planned = planPipeline({
    target: target.value,
    resolved: new Map(),
    newId: () => crypto.randomUUID(),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.error));
  return planned.value;
}

const entry = (name: string, value: string, more: Partial<EnvironmentEntry> = {}): EnvironmentEntry => ({
  name,
  value,
  expand: false,
  secret: false,
  ...more,
});

const ENVIRONMENT = [
  entry('WERCKER_GIT_COMMIT', 'c0ffee'),
  entry('WERCKER_GIT_BRANCH', 'main'),
  entry('WERCKER_RUN_ID', 'run-1'),
  entry('MODE', 'fast', { expand: true }),
];

const facts = (changes: Partial<CacheFacts> = {}): CacheFacts => ({
  plan: plan(),
  platform: 'linux/amd64',
  imageOf: ({ repository }) => `sha256:${repository}`,
  stepFilesOf: () => undefined,
  source: 'a'.repeat(64),
  environment: ENVIRONMENT,
  named: new Map(),
  ...changes,
});

const keyOf = (changes: Partial<CacheFacts> = {}): Promise<CacheKey> => makeCacheKey(facts(changes), []);

function withFile(from: string, to: string): Partial<CacheFacts> {
  if (!FILE.includes(from)) throw new Error(`the file has no ${from}`);
  return { plan: plan(FILE.replace(from, to)) };
}

describe('the key of a cached build', () => {
  it('is the same for the same facts, whatever a run calls its steps', async () => {
    expect((await keyOf()).key).toBe((await keyOf()).key);
    expect((await keyOf()).key).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[what: string, changes: Partial<CacheFacts>]>([
    ['the platform', { platform: 'linux/arm64' }],
    [
      'the image of the box',
      { imageOf: ({ repository }) => `sha256:${repository === 'ruby' ? 'x' : repository}` },
    ],
    [
      'the image of a service',
      { imageOf: ({ repository }) => `sha256:${repository === 'redis' ? 'x' : repository}` },
    ],
    ['what a service is called', withFile('name: queue', 'name: jobs')],
    ['a variable of the box', withFile('A: b', 'A: c')],
    ['the command of the box', withFile('/bin/sh', '/bin/bash')],
    ['a script', withFile('code: make }', 'code: make -j2 }')],
    ['where a step starts', withFile('cwd: sub', 'cwd: other')],
    ['the order of steps', withFile('name: compile, code: make', 'name: check, code: make')],
    ['an after-step', withFile('echo done', 'echo over')],
    ['where the source is in the box', { plan: { ...plan(), basePath: '/work' } }],
    ['the source', { source: 'b'.repeat(64) }],
    ['what is checked out', { checkedOut: 'c0ffee main' }],
    ['the files of a step', { stepFilesOf: () => 'c'.repeat(64) }],
    [
      'a declared variable',
      { environment: [...ENVIRONMENT.slice(0, 3), entry('MODE', 'slow', { expand: true })] },
    ],
    ['another declared variable', { environment: [...ENVIRONMENT, entry('MORE', '', { expand: true })] }],
    ['a secret', { environment: [...ENVIRONMENT, entry('TOKEN', 's3cret', { secret: true })] }],
  ])('changes with %s', async (_what, changes) => {
    expect((await keyOf(changes)).key).not.toBe((await keyOf()).key);
  });

  it('does not depend on the order in which a machine lists its variables', async () => {
    const more = [entry('B', '1', { expand: true }), entry('A', '2', { expand: true })];
    const one = await keyOf({ environment: [...ENVIRONMENT, ...more] });
    const other = await keyOf({ environment: [...more.toReversed(), ...ENVIRONMENT] });
    expect(one.key).toBe(other.key);
  });

  it('tells one value from another that reads the same when put together', async () => {
    const one = [entry('A', 'b', { expand: true }), entry('C', '', { expand: true })];
    const other = [entry('A', '', { expand: true }), entry('C', 'b', { expand: true })];
    expect((await keyOf({ environment: one })).key).not.toBe((await keyOf({ environment: other })).key);
  });
});

describe('variables of the runner', () => {
  const elsewhere = { environment: [entry('WERCKER_GIT_COMMIT', 'beef'), ...ENVIRONMENT.slice(1)] };

  it('do not count where nothing names them', async () => {
    expect((await keyOf(elsewhere)).key).toBe((await keyOf()).key);
  });

  it.each<[where: string, changes: Partial<CacheFacts>]>([
    ['a script', withFile('code: make }', 'code: "echo $WERCKER_GIT_COMMIT" }')],
    [
      'a script that lists all of a beginning',
      withFile('code: make }', 'code: "set | grep ^WERCKER_GIT_" }'),
    ],
    ['a variable of the box', withFile('A: b', 'A: $WERCKER_GIT_COMMIT')],
    ['a file of the source', { named: new Map([['WERCKER_GIT_COMMIT', 'Makefile']]) }],
  ])('count where %s names them', async (_where, changes) => {
    expect((await keyOf({ ...changes, ...elsewhere })).key).not.toBe((await keyOf(changes)).key);
  });

  it('are said to count, and why', async () => {
    const { inputs } = await keyOf({ named: new Map([['WERCKER_GIT_COMMIT', 'Makefile']]) });
    expect(inputs).toContainEqual(
      expect.objectContaining({ name: 'WERCKER_GIT_COMMIT', shown: 'named in Makefile' }),
    );
    expect(inputs.map(({ name }) => name)).not.toContain('WERCKER_GIT_BRANCH');
  });

  it('that are another in every run never count, and are warned of', async () => {
    const named = new Map([['WERCKER_RUN_ID', 'version.sh']]);
    const other = await keyOf({
      named,
      environment: [entry('WERCKER_RUN_ID', 'run-2'), ...ENVIRONMENT.slice(3)],
    });
    expect(other.key).toBe((await keyOf({ named })).key);
    expect(other.warnings).toEqual([expect.stringMatching(/^WERCKER_RUN_ID is named in version.sh/)]);
  });
});

describe('secrets', () => {
  const secret = (value: string) => ({
    environment: [...ENVIRONMENT, entry('TOKEN', value, { secret: true })],
  });

  it('change the key, and nothing else that is told', async () => {
    const [one, other] = [await keyOf(secret('one')), await keyOf(secret('other'))];
    expect(one.key).not.toBe(other.key);
    expect(one.inputs).toEqual(other.inputs);
    expect(JSON.stringify(one)).not.toContain('"one"');
    expect(compareInputs(one.inputs, other.inputs)).toEqual([]);
    expect(secretsAmong(one.inputs)).toEqual([{ kind: 'environment', name: 'TOKEN', isSecret: true }]);
  });
});

describe('what changed', () => {
  it('is told by input', async () => {
    const before = (await keyOf({ checkedOut: 'old' })).inputs;
    const now = (await keyOf({ checkedOut: 'new', environment: [entry('MORE', '1', { expand: true })] }))
      .inputs;
    expect(
      compareInputs(before, now).map(({ change, input, before: old }) => [change, input.name, old]),
    ).toEqual([
      ['added', 'MORE', undefined],
      ['changed', '.git', 'old'],
      ['removed', 'MODE', undefined],
    ]);
  });

  it('is told by file', () => {
    const file = (path: string, content: string, mode = 0o600) => ({
      path,
      kind: 'file' as const,
      mode,
      content,
    });
    const before = [file('a', '1'), file('b', '1'), file('c', '1'), file('e', '1')];
    const now = [file('a', '1'), file('b', '2'), file('d', '1'), file('e', '1', 0o700)];
    expect(compareSources(before, now)).toEqual([
      { change: 'changed', path: 'b' },
      { change: 'removed', path: 'c' },
      { change: 'added', path: 'd' },
      { change: 'mode', path: 'e' },
    ]);
  });
});

describe('a run that is not cacheable', () => {
  const request: CacheableRequest = {
    kind: 'build',
    directMount: false,
    enableVolumes: false,
    commits: false,
    usesStates: false,
  };

  it('has no reason where there is none', () => {
    expect(whyNotCacheable(plan(), request)).toEqual([]);
  });

  it.each<[reason: RegExp, changes: Partial<CacheableRequest>, text?: string]>([
    [/deploy/, { kind: 'deploy' }],
    [/--direct-mount/, { directMount: true }],
    [/network "n"/, { network: 'n' }],
    [/become an image/, { commits: true }],
    [/states/, { usesStates: true }],
    [/docker: true/, {}, FILE.replace('build:', 'build:\n  docker: true')],
    [
      /internal\/docker-push/,
      {},
      FILE.replace('steps:', 'steps:\n    - internal/docker-push: { repository: a }'),
    ],
    [/checkpoint/, {}, FILE.replace('name: compile', 'name: compile, checkpoint: c')],
    [/built from another folder/, {}, FILE.replace('id: redis, name: queue', 'id: app, url: "file://./app"')],
    [/volumes/, { enableVolumes: true }, FILE.replace('A: b }', 'A: b }, volumes: /tmp/x')],
  ])('says why: %s', (reason, changes, text) => {
    expect(whyNotCacheable(plan(text), { ...request, ...changes })).toEqual([expect.stringMatching(reason)]);
  });

  it('is cacheable where its volumes are not mounted', () => {
    expect(whyNotCacheable(plan(FILE.replace('A: b }', 'A: b }, volumes: /tmp/x')), request)).toEqual([]);
  });
});
