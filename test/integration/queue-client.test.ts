import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/auth/index.ts';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';
import { newTaskId, type TaskRequest } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { openLossyProxy } from '../support/lossy-proxy.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

const ROOT: Client = { clientId: 'root', accessToken: 'the-token-of-root-0123', scopes: ['*'] };
const WORKER = { workerGroup: 'g', workerId: 'i', tasks: 1 };
const HOUR = 3_600_000;
const later = (ms = HOUR): string => new Date(Date.now() + ms).toISOString();

const request = (more: Partial<TaskRequest> = {}): TaskRequest => ({
  taskQueueId: 'p/w',
  created: new Date().toISOString(),
  deadline: later(),
  payload: { image: 'x' },
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.org' },
  ...more,
});

let postgres: Postgres;
let url: string;
let served: ServedQueue;
let other: ServedQueue;
let client: QueueClient;
beforeAll(async () => {
  postgres = await startPostgres();
  url = postgres.createDatabase();
  const serve = () => serveQueue({ clients: [ROOT], database: { type: 'postgres', url } });
  served = await serve();
  other = await serve();
  client = openQueueClient({ rootUrl: served.url, credentials: () => ROOT, retries: 0 });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await served[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

/** As a worker that has claimed a run. */
async function claimed(taskQueueId: string, more: Partial<TaskRequest> = {}) {
  const taskId = newTaskId();
  await client.createTask(taskId, request({ taskQueueId, ...more }));
  const [claim] = await client.claimWork(taskQueueId, WORKER);
  if (claim === undefined) throw new Error('nothing was claimed');
  return { taskId, claim, worker: client.with({ credentials: () => claim.credentials }) };
}

describe('a task, by the client', () => {
  it('is made, claimed, renewed and resolved, with the credentials of its claim', async () => {
    const { taskId, claim, worker } = await claimed('p/life');
    expect(claim.task).toEqual(await client.task(taskId));
    const reclaim = await worker.reclaimTask(taskId, 0);
    expect(Date.parse(reclaim.takenUntil)).toBeGreaterThanOrEqual(Date.parse(claim.takenUntil));
    const renewed = client.with({ credentials: () => reclaim.credentials });
    const waiting = client.waitResolved(taskId, 0);
    expect(await renewed.reportCompleted(taskId, 0)).toMatchObject({ state: 'completed' });
    expect(await waiting).toMatchObject({ state: 'completed' });
    expect(await renewed.reportCompleted(taskId, 0)).toMatchObject({ state: 'completed' });
    await expect(renewed.reportFailed(taskId, 0)).rejects.toMatchObject({
      status: 409,
      code: 'RequestConflict',
    });
  });

  it('is renewed and resolved at another server than it was claimed at', async () => {
    const { taskId, claim } = await claimed('p/other');
    const options = { rootUrl: other.url, credentials: () => claim.credentials, retries: 0 };
    await using worker = openQueueClient(options);
    const { credentials } = await worker.reclaimTask(taskId, 0);
    const renewed = worker.with({ credentials: () => credentials });
    expect(await renewed.reportFailed(taskId, 0)).toMatchObject({ state: 'failed' });
    expect(await client.status(taskId)).toMatchObject({ state: 'failed' });
  });

  it('is refused what its claim does not give', async () => {
    const { worker, taskId } = await claimed('p/refused');
    for (const call of [
      () => worker.claimWork('p/refused', WORKER),
      () => worker.reportCompleted(newTaskId(), 0),
      () => worker.reportCompleted(taskId, 1),
      () => worker.createTask(newTaskId(), request()),
      () => worker.expandScopes([]),
    ])
      await expect(call()).rejects.toMatchObject({ status: 403, code: 'InsufficientScopes' });
  });

  it('has artifacts, listed and found', async () => {
    const { worker, taskId } = await claimed('p/art');
    const facts = { expires: later(60_000), contentType: 'text/plain' };
    const names = ['public/a b', 'public/ref', 'private/%2F"x'];
    for (const name of names)
      await worker.createArtifact(taskId, 0, name, {
        ...facts,
        storageType: 'reference',
        url: 'https://e.org/',
      });
    await worker.createArtifact(taskId, 0, 'public/link', {
      storageType: 'link',
      artifact: 'public/ref',
      expires: facts.expires,
    });
    const listed = await client.listArtifacts(taskId, undefined);
    expect(new Set(listed.map(({ name }) => name))).toEqual(new Set([...names, 'public/link']));
    const anybody = client.with({ credentials: () => undefined });
    expect(await anybody.artifactContent(taskId, 0, 'public/link')).toMatchObject({ url: 'https://e.org/' });
    await expect(anybody.artifactContent(taskId, 0, names[2] ?? '')).rejects.toMatchObject({ status: 403 });
    const signed = client.signUrl(
      `${served.url}/api/queue/v1/task/${taskId}/artifacts/${encodeURIComponent(names[2] ?? '')}`,
    );
    expect((await fetch(signed, { redirect: 'manual' })).headers.get('location')).toBe('https://e.org/');
  });

  it('is listed with its group, and in all pages', async () => {
    const taskGroupId = newTaskId();
    const ids = [taskGroupId, newTaskId(), newTaskId()];
    for (const taskId of ids)
      await client.createTask(taskId, request({ taskGroupId, taskQueueId: 'p/listed' }));
    const listed: string[] = [];
    for await (const { status } of client.listGroup(taskGroupId)) listed.push(status.taskId);
    expect(new Set(listed)).toEqual(new Set(ids));
    const newest = await client.listTasks({ taskQueueId: 'p/listed', state: 'pending', limit: 2 });
    expect(newest).toHaveLength(2);
    expect(await client.cancelTask(taskGroupId)).toMatchObject({ state: 'exception' });
    expect(await client.changeTaskPriority(ids[1] ?? '', 'low')).toMatchObject({ priority: 'low' });
  });

  it('is found by the routes that it was indexed below', async () => {
    const { worker, taskId } = await claimed('p/index', { routes: ['index.a.b'] });
    await worker.reportCompleted(taskId, 0);
    expect(await client.findTask('a.b')).toMatchObject({ taskId });
    expect(await client.purgeRequests('p/index', 0)).toEqual([]);
    expect(await client.expandScopes(['b', 'a', 'b'])).toEqual(['a', 'b']);
  });
});

describe('a worker that waits no more', () => {
  it('is answered at once, at whichever server it waits', async () => {
    for (const rootUrl of [served.url, other.url]) {
      await using waiting = openQueueClient({ rootUrl, credentials: () => ROOT, retries: 0 });
      const abort = new AbortController();
      const claims = waiting.claimWork('p/idle', WORKER, { signal: abort.signal });
      // The claim waits as soon as its worker is known.
      await expect
        .poll(async () => (await served.queue.workers('p/idle', {})).items, { timeout: 20_000 })
        .not.toEqual([]);
      // Said to another server than the one that it waits at.
      await client.fetch('/api/slipway/v1/stop-waiting', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ taskQueueId: 'p/idle', workerGroup: 'g', workerId: 'i' }),
      });
      expect(await claims).toEqual([]);
      const again = waiting.claimWork('p/idle', WORKER, { signal: abort.signal });
      abort.abort();
      expect(await again).toEqual([]);
    }
  });

  it('leaves nothing claimed that it was not given', async () => {
    for (let round = 0; round < 10; round += 1) {
      const abort = new AbortController();
      const claims = client.claimWork('p/race', WORKER, { signal: abort.signal });
      const taskId = newTaskId();
      const made = client.createTask(taskId, request({ taskQueueId: 'p/race' }));
      abort.abort();
      await made;
      const got = (await claims).map(({ status }) => status.taskId);
      // Either it was given, or anybody may have it.
      const rest = got.length > 0 ? [] : await client.claimWork('p/race', WORKER);
      expect([...got, ...rest.map(({ status }) => status.taskId)]).toEqual([taskId]);
    }
  });

  it('can be said only by who may claim for it', async () => {
    const stranger = client.with({ credentials: () => ROOT, authorizedScopes: ['queue:claim-work:p/idle'] });
    const answer = await stranger.fetch('/api/slipway/v1/stop-waiting', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ taskQueueId: 'p/idle', workerGroup: 'g', workerId: 'i' }),
    });
    expect(answer.status).toBe(403);
  });
});

describe('on a network that loses requests and answers', () => {
  /** The same numbers for the same seed. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
  }

  it.each([1, 2, 3])('a worker gets every run, and each of them once (seed %i)', async (seed) => {
    const random = seeded(seed);
    await using proxy = await openLossyProxy([served.url, other.url], random);
    await using lossy = openQueueClient({ rootUrl: proxy.url, credentials: () => ROOT, retries: 0 });
    const taskQueueId = `p/lossy${seed}`;
    const created: string[] = [];
    const had: string[] = [];
    async function create(): Promise<void> {
      const taskId = newTaskId();
      created.push(taskId);
      await (random() < 0.5 ? served : other).queue.createTask(taskId, request({ taskQueueId }));
    }
    async function claim(): Promise<void> {
      const claims = await lossy.claimWork(taskQueueId, { ...WORKER, tasks: 2 }).catch(() => []);
      had.push(...claims.map(({ status }) => status.taskId));
    }
    for (let round = 0; round < 15; round += 1) await Promise.all([claim(), create()]);
    while (had.length < created.length) await claim();
    expect([new Set(had), had.length]).toEqual([new Set(created), created.length]);
    expect(proxy.lost).toBeGreaterThan(5);
    expect(await served.queue.counts(taskQueueId)).toEqual({ pending: 0, claimed: created.length });
    for (const { status } of await served.queue.tasks(created)) expect(status.runs).toHaveLength(1);
  });
});
