import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTaskId } from '../../queue-api/index.ts';
import { type ServedQueue, serveQueue } from '../testing/serve-queue.ts';
import { QUEUE_SERVICE } from './queue-service.ts';

let served: ServedQueue;
beforeAll(async () => {
  served = await serveQueue({ claimWaitMs: 10 });
});
afterAll(async () => await served[Symbol.asyncDispose]());

const later = (ms: number): string => new Date(Date.now() + ms).toISOString();
const definition = (more: object = {}) => ({
  taskQueueId: 'test/docker',
  created: later(0),
  deadline: later(3_600_000),
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  ...more,
});

async function ask(verb: string, path: string, body?: object) {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? {} : { headers, body: JSON.stringify(body) };
  const answer = await fetch(`${served.url}/api/queue/v1${path}`, {
    method: verb,
    redirect: 'manual',
    ...init,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** A task that a worker has; gives its id. */
async function claimed(): Promise<string> {
  const taskId = newTaskId();
  expect((await ask('PUT', `/task/${taskId}`, definition({ taskQueueId: 'test/artifacts' }))).status).toBe(
    200,
  );
  const worker = { workerGroup: 'g', workerId: 'w' };
  expect((await ask('POST', `/task/${taskId}/runs/0/claim`, worker)).status).toBe(200);
  return taskId;
}

it('describes each of its methods, with schemas that can be used', async () => {
  const { body: description } = await ask('GET', '/openapi.json');
  const operations = Object.values(description.paths as Record<string, Record<string, Operation>>).flatMap(
    (path) => Object.values(path),
  );
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
    QUEUE_SERVICE.methods.map(({ name }) => name).toSorted(),
  );
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const schemas = operations.flatMap(({ requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap(
      (each) => each?.content?.['application/json'].schema ?? [],
    ),
  );
  for (const schema of schemas) if (!('$ref' in schema)) ajv.compile(schema);
  const create = operations.find(({ operationId }) => operationId === 'createTask');
  const takes = ajv.compile(create?.requestBody?.content?.['application/json'].schema ?? false);
  expect(takes(definition())).toBe(true);
  expect(takes({ ...definition(), payload: [] })).toBe(false);
  expect(takes({ ...definition(), more: 1 })).toBe(false);
});

interface Operation {
  readonly operationId: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Content {
  readonly content?: { readonly 'application/json': { readonly schema: object } };
}

it('changes the priority of a task and of a group', async () => {
  const [first, second, taskGroupId] = [newTaskId(), newTaskId(), newTaskId()];
  for (const id of [first, second]) await ask('PUT', `/task/${id}`, definition({ taskGroupId }));
  expect((await ask('POST', `/task/${first}/priority`, { newPriority: 'highest' })).body).toMatchObject({
    status: { priority: 'highest' },
  });
  const changed = await ask('POST', `/task-group/${taskGroupId}/priority`, { newPriority: 'low' });
  expect(changed.body).toMatchObject({ taskGroupId, newPriority: 'low', schedulerId: '-', tasksAffected: 2 });
  expect((await ask('POST', `/task/${first}/priority`, { newPriority: 'normal' })).status).toBe(400);
  await ask('POST', `/task/${first}/cancel`);
  expect((await ask('POST', `/task/${first}/priority`, { newPriority: 'low' })).status).toBe(409);
});

it.each([
  ['created long ago', { created: later(-3_600_000) }],
  ['created in the future', { created: later(3_600_000), deadline: later(7_200_000) }],
  ['a deadline that has passed', { created: later(-600_000), deadline: later(-300_000) }],
  ['a deadline before it was created', { created: later(60_000), deadline: later(30_000) }],
  ['a deadline too far ahead', { deadline: later(6 * 86_400_000) }],
  ['an end before its deadline', { expires: later(60_000) }],
  ['two queues', { provisionerId: 'other', workerType: 'docker' }],
  ['no queue', { taskQueueId: undefined }],
  ['a dependency that is not there', { dependencies: [newTaskId()] }],
])('refuses a task with %s, and keeps nothing of it', async (_what, more) => {
  const taskId = newTaskId();
  const { status, body } = await ask('PUT', `/task/${taskId}`, definition(more));
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'InputError' });
  expect((await ask('GET', `/task/${taskId}`)).status).toBe(404);
});

it.each([
  ['a scope with two stars', newTaskId(), { scopes: ['a:**'] }, 'InputValidationError'],
  ['the old word for a priority', newTaskId(), { priority: 'normal' }, 'InputValidationError'],
  [
    'a source that is none',
    newTaskId(),
    { metadata: { ...definition().metadata, source: 'x' } },
    'InputValidationError',
  ],
  ['a name that is too short', 'short', {}, 'InvalidRequestArguments'],
  ['a name of another kind', 'A'.repeat(22), {}, 'InvalidRequestArguments'],
])('refuses a task with %s', async (_what, taskId, more, code) => {
  const { status, body } = await ask('PUT', `/task/${taskId}`, definition(more));
  expect({ status, code: body.code }).toEqual({ status: 400, code });
});

it.each(['', '/runs/0', '/runs/7'])('has no artifact where there is none, at %j', async (run) => {
  for (const taskId of [await claimed(), newTaskId()]) {
    for (const kind of ['artifacts', 'artifact-content', 'artifact-info']) {
      const { status, body } = await ask('GET', `/task/${taskId}${run}/${kind}/public/none`);
      expect({ kind, status, code: body.code }).toEqual({ kind, status: 404, code: 'ResourceNotFound' });
    }
  }
});

it('says of bytes how many they are to be, where that was said', async () => {
  const taskId = await claimed();
  const path = `/task/${taskId}/runs/0`;
  const s3 = { storageType: 's3', contentType: 'a/b', expires: later(600_000) };
  await ask('POST', `${path}/artifacts/public/known`, { ...s3, contentLength: 7 });
  await ask('POST', `${path}/artifacts/public/unknown`, s3);
  const known = await ask('GET', `${path}/artifact-info/public/known`);
  expect(known.body).toMatchObject({ storageType: 's3', contentType: 'a/b', contentLength: 7 });
  expect((await ask('GET', `/task/${taskId}/artifact-info/public/unknown`)).body).not.toHaveProperty(
    'contentLength',
  );
  const { body } = await ask('GET', `${path}/artifacts`);
  expect(body.artifacts.map(({ contentLength }: { contentLength?: number }) => contentLength)).toEqual([
    7,
    undefined,
  ]);
});

it('lists queues by provisioners and worker types, page by page', async () => {
  const names = ['pages-a/one', 'pages-a/two', 'pages-b/one'];
  for (const name of names) {
    await ask('POST', `/claim-work/${encodeURIComponent(name)}`, { workerGroup: 'g', workerId: 'w' });
  }
  const listed = async (path: string, list: string, key: string): Promise<string[]> => {
    const found: string[] = [];
    for (let token = ''; ; ) {
      const { status, body } = await ask('GET', `${path}?limit=1${token && `&continuationToken=${token}`}`);
      expect(status).toBe(200);
      expect(body[list].length).toBeLessThanOrEqual(1);
      found.push(...body[list].map((each: Record<string, string>) => each[key]));
      if (body.continuationToken === undefined) return found;
      token = encodeURIComponent(body.continuationToken);
    }
  };
  const mine = (found: readonly string[]): string[] => found.filter((each) => each.startsWith('pages'));
  expect(mine(await listed('/task-queues', 'taskQueues', 'taskQueueId'))).toEqual(names);
  expect(mine(await listed('/provisioners', 'provisioners', 'provisionerId'))).toEqual([
    'pages-a',
    'pages-b',
  ]);
  expect(await listed('/provisioners/pages-a/worker-types', 'workerTypes', 'workerType')).toEqual([
    'one',
    'two',
  ]);
  expect(await listed('/provisioners/pages-a/worker-types/one/workers', 'workers', 'workerId')).toEqual([
    'w',
  ]);
  for (const path of [
    '/task-queues/pages-c%2Fx',
    '/provisioners/pages-c',
    '/provisioners/pages-a/worker-types/x',
  ])
    expect((await ask('GET', path)).status, path).toBe(404);
});

it('leads to artifacts with status, header and body', async () => {
  const taskId = await claimed();
  const path = `/task/${taskId}/runs/0/artifacts`;
  const make = (name: string, body: object) =>
    ask('POST', `${path}/${name}`, { expires: later(600_000), ...body });
  await make('public/there', {
    storageType: 'reference',
    contentType: 'a/b',
    url: 'https://example.com/x?y=1',
  });
  await make('public/link', { storageType: 'link', artifact: 'public/there', contentType: 'c/d' });
  await make('public/error', {
    storageType: 'error',
    reason: 'file-missing-on-worker',
    message: 'it is not there',
  });
  for (const at of [path, `/task/${taskId}/artifacts`]) {
    const { status, headers, body } = await ask('GET', `${at}/public/link`);
    expect(status).toBe(303);
    expect(headers.get('location')).toBe('https://example.com/x?y=1');
    expect(headers.get('x-taskcluster-artifact-storage-type')).toBe('reference');
    expect(body).toEqual({ storageType: 'reference', url: 'https://example.com/x?y=1' });
    const error = await ask('GET', `${at}/public/error`);
    expect(error.status).toBe(424);
    expect(error.headers.get('x-taskcluster-artifact-storage-type')).toBe('error');
    expect(error.body).toEqual({ reason: 'file-missing-on-worker', message: 'it is not there' });
  }
  const { body } = await ask('GET', path);
  expect(body.artifacts).toMatchObject([
    { name: 'public/error', storageType: 'error', contentType: 'application/binary' },
    { name: 'public/link', storageType: 'link', contentType: 'c/d' },
    { name: 'public/there', storageType: 'reference', contentType: 'a/b' },
  ]);
  expect((await make('public/there', { storageType: 'link', artifact: 'public/error' })).status).toBe(200);
  expect((await ask('GET', `${path}/public/link`)).status).toBe(424);
});

it('answers links in a circle with 400', async () => {
  const taskId = await claimed();
  const path = `/task/${taskId}/runs/0/artifacts`;
  for (const [name, artifact] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    await ask('POST', `${path}/${name}`, { storageType: 'link', artifact, expires: later(600_000) });
  }
  const { status, body } = await ask('GET', `${path}/a`);
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'InputError' });
});

it.each([
  [
    'that expires after its task',
    { storageType: 's3', contentType: 'a/b', expires: later(10 * 365 * 86_400_000) },
    'InputError',
  ],
  ['that has expired', { storageType: 's3', contentType: 'a/b', expires: later(-3_600_000) }, 'InputError'],
  ['of no kind', { storageType: 'ftp', expires: later(600_000) }, 'InputValidationError'],
  [
    'with a content type of two lines',
    { storageType: 's3', contentType: 'a\r\nb', expires: later(600_000) },
    'InputValidationError',
  ],
])('refuses an artifact %s', async (_what, artifact, code) => {
  const taskId = await claimed();
  const path = `/task/${taskId}/runs/0/artifacts/public/x`;
  const { status, body } = await ask('POST', path, artifact);
  expect({ status, code: body.code }).toEqual({ status: 400, code });
  expect((await ask('GET', path)).status).toBe(404);
});

it('refuses an artifact for a run that nobody claimed, or that is not there', async () => {
  const taskId = newTaskId();
  const artifact = { storageType: 'link', artifact: 'x', expires: later(600_000) };
  expect((await ask('POST', `/task/${taskId}/runs/0/artifacts/x`, artifact)).status).toBe(400);
  await ask('PUT', `/task/${taskId}`, definition());
  expect((await ask('POST', `/task/${taskId}/runs/0/artifacts/x`, artifact)).status).toBe(400);
  expect((await ask('POST', `/task/${taskId}/runs/7/artifacts/x`, artifact)).status).toBe(400);
});

it('keeps what a definition says to the last character, whatever that is', async () => {
  const taskId = newTaskId();
  const payload = {
    text: 'é\u0000\ud83d\ude00 " \\ \u2028',
    numbers: [0, -1, 1.5, 1e300, 9007199254740991],
    constructor: { prototype: null },
    toString: 'x',
    '': [[[]]],
  };
  expect((await ask('PUT', `/task/${taskId}`, definition({ payload, extra: { a: 1 } }))).status).toBe(200);
  expect((await ask('GET', `/task/${taskId}`)).body).toMatchObject({ payload, extra: { a: 1 } });
});
