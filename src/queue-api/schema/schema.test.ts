import { expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type {
  ArtifactRequest,
  Claim,
  ListedArtifact,
  Reclaim,
  TaskDefinition,
  TaskRequest,
  TaskStatus,
} from '../index.ts';
import { ERROR_REASONS, PRIORITIES } from '../index.ts';
import * as schema from './index.ts';

/** The same with all lists and fields made read-only, as the door has them. */
type Frozen<T> = T extends readonly (infer I)[]
  ? readonly Frozen<I>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;
type Given<S extends z.ZodType> = Frozen<z.output<S>>;
type Signed = { readonly credentials: { readonly certificate: string } };

const TASK = {
  provisionerId: 'test',
  workerType: 'docker',
  created: '2026-01-01T00:00:00Z',
  deadline: '2026-01-01T02:00:00.5+01:00',
  payload: { any: ['thing'] },
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
};

const problems = (value: unknown): string[] =>
  (schema.TaskRequest.safeParse(value).error?.issues ?? []).map(({ path }) => path.join('.'));

it('lets through what the types of the door say, and nothing else', () => {
  expectTypeOf<Given<typeof schema.TaskRequest>>().toExtend<Frozen<TaskRequest>>();
  expectTypeOf<Frozen<TaskRequest>>().toExtend<Given<typeof schema.TaskRequest>>();
  expectTypeOf<Given<typeof schema.TaskDefinition>>().toExtend<Frozen<TaskDefinition>>();
  expectTypeOf<Frozen<TaskDefinition>>().toExtend<Given<typeof schema.TaskDefinition>>();
  expectTypeOf<Given<typeof schema.TaskStatus>>().toExtend<Frozen<TaskStatus>>();
  expectTypeOf<Frozen<TaskStatus>>().toExtend<Given<typeof schema.TaskStatus>>();
  expectTypeOf<Given<typeof schema.ArtifactRequest>>().toExtend<Frozen<ArtifactRequest>>();
  expectTypeOf<Frozen<ArtifactRequest>>().toExtend<Given<typeof schema.ArtifactRequest>>();
  expectTypeOf<Given<typeof schema.ListedArtifact>>().toExtend<Frozen<ListedArtifact>>();
  expectTypeOf<Frozen<ListedArtifact>>().toExtend<Given<typeof schema.ListedArtifact>>();
  expectTypeOf<Given<typeof schema.ClaimAnswer>>().toExtend<Frozen<Claim>>();
  expectTypeOf<Frozen<Claim & Signed>>().toExtend<Given<typeof schema.ClaimAnswer>>();
  expectTypeOf<Given<typeof schema.ReclaimAnswer>>().toExtend<Frozen<Reclaim>>();
  expect(schema.PriorityWord.options).toEqual(PRIORITIES);
  expect(schema.ArtifactErrorReason.options).toEqual(ERROR_REASONS);
});

it('takes a definition with nothing but what it has to have, and one with everything', () => {
  expect(problems(TASK)).toEqual([]);
  const all = {
    ...TASK,
    taskQueueId: 'test/docker',
    schedulerId: '-',
    projectId: 'a/b.c_d-e',
    taskGroupId: 'AAAAAAAAQAOAAAAAAAAAAA',
    dependencies: ['AAAAAAAAQAOAAAAAAAAAAQ'],
    requires: 'all-resolved',
    routes: ['index.a'],
    priority: 'very-low',
    retries: 0,
    expires: '2027-01-01T00:00:00.000Z',
    scopes: ['*', 'a:b*', ''],
    tags: { kind: 'x' },
    extra: {},
  };
  expect(problems(all)).toEqual([]);
});

it('names everything that is wrong, with its place', () => {
  const found = problems({
    ...TASK,
    provisionerId: 'a b',
    workerType: 'Upper',
    taskQueueId: 'only-one',
    schedulerId: '',
    taskGroupId: 'short',
    dependencies: ['AAAAAAAAQAOAAAAAAAAAAA', 'AAAAAAAAQAOAAAAAAAAAAA'],
    requires: 'some',
    routes: ['', 'x'.repeat(250)],
    priority: 'normal',
    retries: 50,
    created: 'yesterday',
    deadline: '2026-02-30T00:00:00Z',
    expires: '2026-01-01',
    scopes: ['a**', 'é', 'a\n'],
    payload: [],
    metadata: { name: 1, description: 'd', owner: 'o', source: 'javascript:1' },
    tags: { a: 1 },
    extra: null,
    unknown: 1,
  });
  expect(found).toEqual(
    expect.arrayContaining([
      '',
      'provisionerId',
      'workerType',
      'taskQueueId',
      'schedulerId',
      'taskGroupId',
      'dependencies',
      'requires',
      'routes.0',
      'routes.1',
      'priority',
      'retries',
      'created',
      'deadline',
      'expires',
      'scopes.0',
      'scopes.1',
      'scopes.2',
      'payload',
      'metadata.name',
      'metadata.source',
      'tags.a',
      'extra',
    ]),
  );
});

it.each(['https://a/b', 'http://a/b', 'ssh://a', 'git@a:b'])(
  'takes %s for the source of a task',
  (source) => {
    expect(problems({ ...TASK, metadata: { ...TASK.metadata, source } })).toEqual([]);
  },
);

it.each([
  ['a script', 'javascript:alert(1)'],
  ['a line of a header', 'https://a/\r\nset-cookie: x'],
  ['a file', 'file:///etc/passwd'],
])('refuses %s as the URL of an artifact', (_what, url) => {
  const artifact = { storageType: 'reference', contentType: 'a/b', expires: TASK.deadline, url };
  expect(schema.ArtifactRequest.safeParse(artifact).success).toBe(false);
  expect(schema.ArtifactRequest.safeParse({ ...artifact, url: 'https://a/b' }).success).toBe(true);
});
