import { describe, expect, it } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { isResolved, newTaskId } from '../../queue-api/index.ts';
import { type ServedQueue, serveQueue } from '../testing/serve-queue.ts';
import { OWN_BASE } from './own-routes.ts';

const WORKER = { workerGroup: 'g', workerId: 'w' };
const QUEUE_ID = 'test/docker';

async function addTask({ queue }: ServedQueue, taskQueueId = QUEUE_ID): Promise<string> {
  const taskId = newTaskId();
  const now = Date.now();
  await queue.createTask(taskId, {
    taskQueueId,
    created: new Date(now).toISOString(),
    deadline: new Date(now + 3_600_000).toISOString(),
    payload: {},
    metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  });
  return taskId;
}

const claim = ({ queue }: ServedQueue) =>
  queue.claimWork(QUEUE_ID, WORKER, { tasks: 1, signal: AbortSignal.timeout(20_000) });

async function json(served: ServedQueue, path: string) {
  const { status, text } = await ask(served.url, `${OWN_BASE}${path}`);
  return { status, body: JSON.parse(text) };
}

describe('the server’s own service', () => {
  it('says which program it is', async () => {
    await using served = await serveQueue();
    expect(await json(served, '/')).toEqual({ status: 200, body: { product: 'slipway', version: 'test' } });
  });

  it('answers who waits for a run as soon as it has ended', async () => {
    await using served = await serveQueue();
    const taskId = await addTask(served);
    await claim(served);
    const waiting = json(served, `/task/${taskId}/wait?runId=0`);
    const whole = json(served, `/task/${taskId}/wait`);
    await served.queue.reportFailed(taskId, 0);
    expect(await waiting).toMatchObject({ status: 200, body: { status: { state: 'failed' } } });
    expect((await whole).body.status.runs).toHaveLength(1);
  });

  it('answers with what is known when the time is over, and when the server stops', async () => {
    await using served = await serveQueue();
    const taskId = await addTask(served);
    const late = await json(served, `/task/${taskId}/wait?timeoutMs=10`);
    expect(late).toMatchObject({ status: 200, body: { status: { state: 'pending' } } });
    const waiting = json(served, `/task/${taskId}/wait`);
    served.stop();
    expect(isResolved((await waiting).body.status.state)).toBe(false);
  });

  it('knows no other tasks, and no other words', async () => {
    await using served = await serveQueue();
    expect(await json(served, `/task/${newTaskId()}/wait?timeoutMs=1`)).toMatchObject({
      status: 404,
      body: { code: 'ResourceNotFound' },
    });
    const taskId = await addTask(served);
    for (const path of [
      `/task/${taskId}/wait?timeoutMs=-1`,
      '/task/short/wait',
      '/tasks?limit=0',
      '/tasks?state=x',
    ]) {
      expect(await json(served, path), path).toMatchObject({ status: 400 });
    }
    expect(await json(served, '/nothing')).toEqual({ status: 404, body: { error: 'Not found' } });
  });

  it('lists tasks, the newest first, in pages', async () => {
    await using served = await serveQueue();
    const ids = [await addTask(served), await addTask(served), await addTask(served, 'test/other')];
    const first = await json(served, '/tasks?limit=2');
    expect(first.body.tasks).toHaveLength(2);
    const rest = await json(served, `/tasks?limit=2&continuationToken=${first.body.continuationToken}`);
    const listed = [...first.body.tasks, ...rest.body.tasks].map(({ status }) => status.taskId);
    expect(new Set(listed)).toEqual(new Set(ids));
    expect(rest.body.continuationToken).toBeUndefined();
    const other = await json(served, '/tasks?taskQueueId=test/other&state=pending');
    expect(other.body.tasks).toMatchObject([
      { status: { taskId: ids[2] }, task: { taskQueueId: 'test/other' } },
    ]);
    expect((await json(served, '/tasks?state=running')).body).toEqual({ tasks: [] });
  });

  it('gives back the runs that an earlier process of a worker had, and nothing else', async () => {
    await using served = await serveQueue();
    const { queue } = served;
    const [mine, done, others] = [await addTask(served), await addTask(served), await addTask(served)];
    await queue.claimWork(QUEUE_ID, WORKER, { tasks: 2, signal: AbortSignal.timeout(20_000) });
    await queue.claimWork(
      QUEUE_ID,
      { ...WORKER, workerId: 'other' },
      { tasks: 1, signal: AbortSignal.timeout(20_000) },
    );
    await queue.reportCompleted(done, 0);
    const runs = [mine, done, others, newTaskId()].map((taskId) => ({ taskId, runId: 0 }));
    const lose = async (worker: object): Promise<number> => {
      const body = JSON.stringify({ ...WORKER, taskQueueId: QUEUE_ID, runs, ...worker });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${served.url}${OWN_BASE}/lost-runs`, { method: 'POST', headers, body })).status;
    };
    const reasons = async (taskId: string) =>
      (await queue.status(taskId))?.runs.map(({ state, reasonResolved }) => reasonResolved ?? state);
    expect(await lose({ taskQueueId: 'test/elsewhere' })).toBe(204);
    expect(await reasons(mine)).toEqual(['running']);
    expect([await lose({}), await lose({})]).toEqual([204, 204]);
    expect(await reasons(mine)).toEqual(['worker-shutdown', 'pending']);
    expect(await reasons(done)).toEqual(['completed']);
    expect(await reasons(others)).toEqual(['running']);
    expect(await lose({ runs: [{ taskId: 'x', runId: 0 }] })).toBe(400);
  });

  it('is for those alone who may', async () => {
    await using served = await serveQueue({ access: 'closed' });
    const taskId = await addTask(served);
    expect(await json(served, `/task/${taskId}/wait`)).toMatchObject({ status: 403 });
    expect(await json(served, '/tasks')).toMatchObject({ status: 403 });
    const lost = { ...WORKER, taskQueueId: QUEUE_ID, runs: [{ taskId, runId: 0 }] };
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lost),
    };
    expect((await fetch(`${served.url}${OWN_BASE}/lost-runs`, post)).status).toBe(403);
    expect(await json(served, '/')).toMatchObject({ status: 200 });
  });
});

describe('an artifact of the queue', () => {
  it('goes where the queue says, and is where the queue leads', async () => {
    await using served = await serveQueue({ access: 'closed' });
    const taskId = await addTask(served);
    await claim(served);
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const request = { storageType: 's3', contentType: 'text/html', expires } as const;
    const record = await served.queue.createArtifact(taskId, 0, 'public/a.html', request);
    expect(record.details).toHaveProperty('key');
    const artifacts = `/api/queue/v1/task/${taskId}/runs/0/artifacts/public%2Fa.html`;
    const led = await ask(served.url, artifacts);
    expect(led.status).toBe(303);
    expect((await fetch(led.headers.location ?? '')).status).toBe(404); // nobody has sent it yet
  });
});
