import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { signRequest } from '../../auth/index.ts';
import { type Claim, newTaskId } from '../../queue-api/index.ts';
import { type ServedQueue, serveQueue } from '../testing/serve-queue.ts';

const WORKER = { workerGroup: 'g', workerId: 'w' };
const PATIENT = { timeout: 20_000 };

const definition = (taskQueueId: string, more: object = {}) => ({
  taskQueueId,
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  ...more,
});

let served: ServedQueue;
beforeAll(async () => {
  served = await serveQueue();
});
afterAll(async () => await served[Symbol.asyncDispose]());

const queueName = (): string =>
  `test/w${newTaskId()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')}x`;

async function claim(
  taskQueueId: string,
  init: RequestInit = {},
  url = served.url,
): Promise<readonly Claim[]> {
  const answer = await fetch(`${url}/api/queue/v1/claim-work/${encodeURIComponent(taskQueueId)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...WORKER, tasks: 4 }),
    ...init,
  });
  return ((await answer.json()) as { tasks: readonly Claim[] }).tasks;
}

/** Asks with the credentials of a claim. */
async function asWorker({ credentials }: Claim, path: string): Promise<number> {
  const url = new URL(`${served.url}/api/queue/v1${path}`);
  const authorization = signRequest('POST', url, { credentials });
  return (await fetch(url, { method: 'POST', headers: { authorization } })).status;
}

it('answers a worker that waits in the moment in which there is a task', async () => {
  const queue = queueName();
  const waiting = claim(queue);
  const taskId = newTaskId();
  await served.queue.createTask(taskId, definition(queue));
  expect(await waiting).toMatchObject([{ runId: 0, status: { taskId }, ...WORKER }]);
});

it('gives a task to nobody who has gone meanwhile', async () => {
  const queue = queueName();
  const leaving = new AbortController();
  const gone = claim(queue, { signal: leaving.signal }).catch(() => 'gone');
  await vi.waitFor(
    async () => expect((await served.queue.taskQueue(queue))?.taskQueueId).toBe(queue),
    PATIENT,
  );
  leaving.abort();
  expect(await gone).toBe('gone');
  const taskId = newTaskId();
  await served.queue.createTask(taskId, definition(queue, { retries: 0 }));
  expect(await claim(queue)).toMatchObject([{ runId: 0, status: { taskId, retriesLeft: 0 } }]);
});

it('gives credentials that are good for that run alone, and for the scopes of the task', async () => {
  const queue = queueName();
  const [first, second] = [newTaskId(), newTaskId()];
  await served.queue.createTask(
    first,
    definition(queue, { scopes: [`queue:cancel-task:-/${second}/${second}`] }),
  );
  await served.queue.createTask(second, definition(queue));
  const claims = await claim(queue);
  const mine = claims.find(({ status }) => status.taskId === first);
  if (mine === undefined) throw new Error('the first task was not claimed');
  expect(await asWorker(mine, `/task/${second}/runs/0/completed`)).toBe(403);
  expect(await asWorker(mine, `/task/${first}/runs/1/completed`)).toBe(403);
  expect(await asWorker(mine, `/task/${first}/cancel`)).toBe(403);
  expect(await asWorker(mine, `/task/${second}/cancel`)).toBe(200);
  expect(await asWorker(mine, `/task/${first}/runs/0/reclaim`)).toBe(200);
  expect(await asWorker(mine, `/task/${first}/runs/0/completed`)).toBe(200);
  expect(await asWorker(mine, `/task/${first}/runs/0/reclaim`)).toBe(409);
});

it('answers all who wait at once when the server begins to stop', async () => {
  await using stopping = await serveQueue();
  const queue = queueName();
  const waiting = [claim(queue, {}, stopping.url), claim(queue, {}, stopping.url)];
  await vi.waitFor(async () => expect(await stopping.queue.taskQueue(queue)).toBeDefined(), PATIENT);
  stopping.stop();
  expect(await Promise.all(waiting)).toEqual([[], []]);
});
