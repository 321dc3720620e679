import { describe, expect, it } from 'vitest';
import { definitionOf } from './definition.ts';
import { EMPTY_DRAFT, type TaskDraft } from './draft.ts';
import { draftOf } from './draft-of.ts';

const NOW = Date.UTC(2030, 0, 31, 12);
const KNOWN = { now: NOW, clientId: 'ada', origin: 'https://slipway.example.com' };
const OTHER = 'fN1SbArXTPSVFNUvaOlinQ';

const made = (fields: Partial<TaskDraft>) => definitionOf({ ...EMPTY_DRAFT, ...fields }, KNOWN);
const problemsOf = (fields: Partial<TaskDraft>) => Object.fromEntries(made(fields).problems);

describe('the form of a task', () => {
  it('becomes a definition with what nobody said filled in', () => {
    const { definition } = made({ image: ' debian:12 ', command: 'make\nmake dist\n' });
    expect(definition).toEqual({
      taskQueueId: 'local/docker',
      created: '2030-01-31T12:00:00.000Z',
      deadline: '2030-02-01T12:00:00.000Z',
      expires: '2030-03-02T12:00:00.000Z',
      retries: 5,
      payload: { image: 'debian:12', command: ['sh', '-ec', 'make\nmake dist\n'], maxRunTime: 3600 },
      metadata: {
        name: 'debian:12',
        description: 'debian:12',
        owner: 'ada',
        source: 'https://slipway.example.com/tasks/new',
      },
    });
  });

  it('says everything that the command line can', () => {
    const { definition } = made({
      image: 'debian:12',
      shell: '',
      command: 'ls\n-l\n',
      env: 'CI=true\nEMPTY=\nURL=a=b c\n',
      artifacts: 'public/out.txt=/out.txt\npublic/dist=/work/dist/',
      caches: 'checkouts=/work/checkouts',
      interactive: true,
      features: 'taskclusterProxy',
      priority: 'high',
      dependencies: OTHER,
      requires: 'all-resolved',
      scopes: 'docker-worker:cache:checkouts',
      routes: 'index.a.b',
      project: 'web/site',
    });
    expect(definition).toMatchObject({
      priority: 'high',
      projectId: 'web/site',
      dependencies: [OTHER],
      requires: 'all-resolved',
      scopes: ['docker-worker:cache:checkouts'],
      routes: ['index.a.b'],
      payload: {
        command: ['ls', '-l'],
        env: { CI: 'true', EMPTY: '', URL: 'a=b c' },
        artifacts: {
          'public/out.txt': { type: 'file', path: '/out.txt' },
          'public/dist': { type: 'directory', path: '/work/dist' },
        },
        cache: { checkouts: '/work/checkouts' },
        features: { interactive: true, taskclusterProxy: true },
      },
    });
  });

  it.each([
    [{}, 'image', 'An image is needed.'],
    [{ image: 'a b' }, 'image', 'without blanks'],
    [{ image: 'a', env: 'A=1\nB' }, 'env', 'Line 2: expected NAME=VALUE'],
    [{ image: 'a', env: 'A=1\nA=2' }, 'env', 'twice'],
    [{ image: 'a', artifacts: 'x=out.txt' }, 'artifacts', 'begins with “/”'],
    [{ image: 'a', artifacts: 'ä=/x' }, 'artifacts', 'printable ASCII'],
    [{ image: 'a', queue: 'docker' }, 'queue', 'PROVISIONER/TYPE'],
    [{ image: 'a', queue: 'local/Docker' }, 'queue', 'lower case'],
    [{ image: 'a', maxRunTime: '1 hour' }, 'maxRunTime', '90s'],
    [{ image: 'a', retries: '50' }, 'retries', 'at most 49'],
    [{ image: 'a', deadline: '2d', expires: '1d' }, 'expires', 'after the deadline'],
    [{ image: 'a', dependencies: `${OTHER}\nx` }, 'dependencies', 'Line 2: “x” is no task id'],
    [{ image: 'a', scopes: 'a:**' }, 'scopes', 'two stars'],
    [{ image: 'a', source: 'here' }, 'source', 'https://'],
  ] as const)('tells of %j where it can be mended', (fields, field, message) => {
    expect(problemsOf(fields)).toEqual({ [field]: expect.stringContaining(message) });
    expect(made(fields).definition).toBeUndefined();
  });

  it('tells of all mistakes at once', () => {
    expect(problemsOf({ queue: '', maxRunTime: 'x', env: '=1' })).toEqual({
      env: expect.anything(),
      image: expect.anything(),
      maxRunTime: expect.anything(),
      queue: expect.anything(),
    });
  });
});

describe('a definition in the form', () => {
  const roundTrip = (definition: Readonly<Record<string, unknown>>) => {
    const draft = draftOf(definition);
    if ('reason' in draft) throw new Error(draft.reason);
    return definitionOf(draft, KNOWN).definition;
  };

  it('comes out as it was, with moments that count from now', () => {
    const definition = {
      taskQueueId: 'local/docker',
      schedulerId: 'ci',
      projectId: 'web',
      taskGroupId: OTHER,
      priority: 'medium',
      retries: 2,
      created: '2029-01-01T00:00:00.000Z',
      deadline: '2029-01-01T02:00:00.000Z',
      expires: '2029-01-08T00:00:00.000Z',
      scopes: ['docker-worker:cache:a'],
      tags: { kind: 'test' },
      extra: { index: { rank: 1 } },
      payload: {
        image: 'debian:12',
        command: ['bash', '-ec', 'a\nb'],
        maxRunTime: 5400,
        env: { A: ' 1 ' },
        cache: { a: '/a' },
        artifacts: { 'public/x': { type: 'directory', path: '/x' } },
        features: { interactive: true, chainOfTrust: true },
        onExitStatus: { retry: [75], purgeCaches: [] },
        log: 'public/other.log',
      },
      metadata: { name: 'n', description: 'd', owner: 'o', source: 'git@example.com:a/b' },
    };
    expect(roundTrip(definition)).toEqual({
      ...definition,
      created: '2030-01-31T12:00:00.000Z',
      deadline: '2030-01-31T14:00:00.000Z',
      expires: '2030-02-07T12:00:00.000Z',
    });
  });

  it('keeps words without a shell', () => {
    const payload = { image: 'a', maxRunTime: 60, command: ['sh', '-c', 'x', ' '.repeat(2), 'y'] };
    expect(roundTrip({ payload, metadata: {} })).toMatchObject({ payload });
  });

  it.each([
    [{ payload: { pipeline: {}, maxRunTime: 1 } }, 'pipeline'],
    [{ payload: { image: { type: 'task-image' }, maxRunTime: 1 } }, 'image'],
    [{ payload: { image: 'a', command: ['python', '-c', 'a\nb'] } }, 'more than a line'],
    [{ payload: { image: 'a', command: ['echo', ''] } }, 'or none'],
    [{ payload: { image: 'a', env: { A: 'x\ny' } } }, 'env “A”'],
    [{ payload: { image: 'a', artifacts: { x: { type: 'volume', path: '/x' } } } }, 'artifacts “x”'],
    [{ payload: { image: 'a', features: { artifacts: false } } }, 'turns features off'],
    [{ payload: 1 }, 'no object'],
    [{ payload: { image: 'a' }, scopes: 'a' }, 'scopes'],
  ])('is left alone where the form would lose something: %j', (definition, reason) => {
    expect(draftOf(definition)).toEqual({ reason: expect.stringContaining(reason) });
  });
});
