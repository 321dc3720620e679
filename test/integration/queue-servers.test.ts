import taskcluster from 'taskcluster-client-87';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DatabaseLocation } from '../../src/database/index.ts';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const ROOT = { clientId: 'root', accessToken: 'a-token-for-tests-only', scopes: ['*'] };
const WORKER = { workerGroup: 'group', workerId: 'worker' };

type Methods = Record<
  string,
  (...parameters: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>
>;

const definition = (more: object = {}) => ({
  taskQueueId: 'test/docker',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  ...more,
});

let postgres: Postgres;
let first: ServedQueue;
let second: ServedQueue;
let database: DatabaseLocation;
beforeAll(async () => {
  postgres = await startPostgres();
  database = { type: 'postgres', url: postgres.createDatabase() };
  // Both at once: their tables and their key are made once.
  [first, second] = await Promise.all([
    serveQueue({ database, clients: [ROOT] }),
    serveQueue({ database, clients: [ROOT] }),
  ]);
}, 60_000);
afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const connect = ({ url }: ServedQueue, more: object = { credentials: ROOT }): Methods =>
  new taskcluster.Queue({ rootUrl: url, ...more }) as unknown as Methods;

it('gives a worker that waits at one server what was created at another', async () => {
  const waiting = connect(second)['claimWork']?.('test/docker', WORKER);
  const taskId = newTaskId();
  const payload = { text: '\u0000é\ud83d\ude00' };
  await connect(first)['createTask']?.(taskId, definition({ payload }));
  expect(await waiting).toMatchObject({ tasks: [{ status: { taskId }, task: { payload } }] });
});

it('takes at one server the credentials that another one gave out', async () => {
  const taskId = newTaskId();
  await connect(first)['createTask']?.(taskId, definition({ taskQueueId: 'test/other' }));
  const { tasks } = (await connect(first)['claimWork']?.('test/other', WORKER)) ?? {};
  const [claim] = tasks as readonly { readonly credentials: object }[];
  const worker = connect(second, { credentials: claim?.credentials });
  await worker['reclaimTask']?.(taskId, 0);
  expect(await worker['reportCompleted']?.(taskId, 0)).toMatchObject({ status: { state: 'completed' } });
  expect(await connect(first)['status']?.(taskId)).toMatchObject({ status: { state: 'completed' } });
});

it('gives each run to one worker, however many ask both servers', async () => {
  const taskQueueId = 'test/crowd';
  const ids = Array.from({ length: 24 }, newTaskId);
  await Promise.all(ids.map((id) => connect(first)['createTask']?.(id, definition({ taskQueueId }))));
  const got: string[] = [];
  const work = async (served: ServedQueue, workerId: string): Promise<void> => {
    while (got.length < ids.length) {
      const { tasks } =
        (await connect(served)['claimWork']?.(taskQueueId, { ...WORKER, workerId, tasks: 2 })) ?? {};
      got.push(...(tasks as readonly { status: { taskId: string } }[]).map(({ status }) => status.taskId));
      if (got.length === ids.length) for (const each of [first, second]) each.stop();
    }
  };
  await Promise.all(['a', 'b', 'c'].flatMap((id) => [work(first, id), work(second, `${id}2`)]));
  expect(got).toHaveLength(ids.length);
  expect(new Set(got)).toEqual(new Set(ids));
});

it('loses nothing when the database is restarted, and does what was asked meanwhile', async () => {
  const queue = connect(first);
  const [before, meanwhile] = [newTaskId(), newTaskId()];
  await queue['createTask']?.(before, definition());
  await using third = await serveQueue({ database, clients: [ROOT] });
  const waiting = connect(third)['claimWork']?.('test/restart', WORKER);
  await expect
    .poll(async () => (await third.queue.workers('test/restart', {})).items, { timeout: 20_000 })
    .not.toEqual([]);
  await postgres.stop('QUIT');
  const asked = queue['createTask']?.(meanwhile, definition());
  await postgres.start();
  expect(await asked).toMatchObject({ status: { state: 'pending' } });
  expect(await connect(second)['status']?.(before)).toMatchObject({ status: { state: 'pending' } });
  // Who waited all the time still hears of what comes.
  const taskId = newTaskId();
  await queue['createTask']?.(taskId, definition({ taskQueueId: 'test/restart' }));
  expect(await waiting).toMatchObject({ tasks: [{ status: { taskId } }] });
}, 90_000);
