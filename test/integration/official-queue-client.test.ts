import older from 'taskcluster-client-55';
import newer from 'taskcluster-client-87';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUEUE_SERVICE } from '../../src/queue/routes/queue-service.ts';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';

const ROOT = { clientId: 'root', accessToken: 'a-token-for-tests-only', scopes: ['*'] };
const LIMITED = {
  clientId: 'limited',
  accessToken: 'another-token-for-tests',
  scopes: ['queue:status:*', 'queue:get-artifact:private/a', 'auth:create-client:job/*'],
};
const WORKER = { workerGroup: 'group', workerId: 'worker' };
const NAME = { provisionerId: 'test', workerType: 'docker' };
const [P, W] = ['test', 'docker'];

type Answer = Readonly<Record<string, never>>;
type Methods = Record<string, (...parameters: readonly unknown[]) => Promise<Answer>>;

/** What a client has beside the methods of the service. */
const HELPERS = /^(?:use|taskclusterPerRequestInstance|.*[bB]uild(?:Signed)?Url)$/;
/** Reduced to stubs by the original long ago, and gone from it. */
const GONE = ['declareProvisioner', 'declareWorkerType'];

const definition = (more: object = {}) => ({
  ...NAME,
  created: newer.fromNowJSON('0 seconds'),
  deadline: newer.fromNowJSON('1 hour'),
  payload: { image: 'busybox', maxRunTime: 60 },
  metadata: { name: 'n', description: 'd', owner: 'o@example.com', source: 'https://example.com' },
  ...more,
});

let served: ServedQueue;
beforeAll(async () => {
  served = await serveQueue({ clients: [ROOT, LIMITED], claimWaitMs: 200 });
});
afterAll(async () => await served[Symbol.asyncDispose]());

describe.each([
  ['55', older],
  ['87', newer],
])('taskcluster-client %s', (_version, taskcluster) => {
  const called = new Set<string>();

  /** A client whose calls are noted. */
  function connect(options: object = { credentials: ROOT }): Methods {
    const queue = new taskcluster.Queue({ rootUrl: served.url, retries: 0, ...options });
    return new Proxy(queue as unknown as Methods, {
      get(target, name: string) {
        const method = target[name];
        if (typeof method !== 'function') return method;
        called.add(name);
        return method.bind(target);
      },
    });
  }

  /** A task that a worker has. */
  async function claimed(queue: Methods, more: object = {}) {
    const taskId = taskcluster.slugid();
    const workerType = `w${taskId.replaceAll(/[^a-z0-9]/g, '')}x`;
    await queue['createTask']?.(taskId, definition({ workerType, ...more }));
    const answer = await queue['claimWork']?.(`test/${workerType}`, { ...WORKER, tasks: 1 });
    const [claim] = (answer as unknown as { tasks: readonly Claimed[] }).tasks;
    if (claim === undefined) throw new Error('the task was not claimed');
    const worker = connect({ credentials: claim.credentials });
    return { taskId, claim, worker, taskQueueId: `test/${workerType}`, workerType };
  }

  interface Claimed {
    readonly runId: number;
    readonly takenUntil: string;
    readonly credentials: { readonly clientId: string };
    readonly task: object;
    readonly status: { readonly taskId: string; readonly state: string };
  }

  it('creates a task, and finds it as it was meant', async () => {
    const queue = connect();
    const taskId = taskcluster.slugid();
    const made = await queue['createTask']?.(taskId, definition());
    expect(made).toMatchObject({
      status: { taskId, state: 'pending', runs: [{ runId: 0, reasonCreated: 'scheduled' }] },
    });
    expect(await queue['task']?.(taskId)).toMatchObject({
      ...NAME,
      priority: 'lowest',
      retries: 5,
      schedulerId: '-',
    });
    expect(await queue['status']?.(taskId)).toEqual(made);
    expect(await queue['ping']?.()).toMatchObject({ alive: true });
    await queue['lbheartbeat']?.();
    await queue['heartbeat']?.();
    await queue['version']?.();
  });

  it('repeats what it did, with the same effect', async () => {
    const queue = connect();
    const taskId = taskcluster.slugid();
    const task = definition();
    const made = await queue['createTask']?.(taskId, task);
    expect(await queue['createTask']?.(taskId, task)).toEqual(made);
    const otherNotation = { ...task, created: task.created.replace('Z', '+00:00') };
    expect(await queue['createTask']?.(taskId, otherNotation)).toEqual(made);
    await expect(queue['createTask']?.(taskId, { ...task, retries: 1 })).rejects.toMatchObject({
      statusCode: 409,
      code: 'RequestConflict',
    });
  });

  it('takes work, renews the claim, and reports', async () => {
    const { taskId, claim, worker } = await claimed(connect(), { scopes: ['a:b'] });
    expect(claim).toMatchObject({
      runId: 0,
      status: { taskId, state: 'running' },
      task: { scopes: ['a:b'] },
    });
    expect(claim.credentials.clientId).toBe(
      `task-client/${taskId}/0/on/group/worker/until/${Math.floor(Date.parse(claim.takenUntil) / 1000)}`,
    );
    const renewed = await worker['reclaimTask']?.(taskId, 0);
    expect(renewed).toMatchObject({ runId: 0, ...WORKER, credentials: { clientId: expect.any(String) } });
    expect(Date.parse(String(renewed?.['takenUntil']))).toBeGreaterThanOrEqual(Date.parse(claim.takenUntil));
    const again = connect({ credentials: renewed?.['credentials'] });
    const done = await again['reportCompleted']?.(taskId, 0);
    expect(done).toMatchObject({ status: { state: 'completed', runs: [{ reasonResolved: 'completed' }] } });
    expect(await again['reportCompleted']?.(taskId, 0)).toEqual(done);
    await expect(again['reportFailed']?.(taskId, 0)).rejects.toMatchObject({ statusCode: 409 });
    await expect(again['reclaimTask']?.(taskId, 0)).rejects.toMatchObject({ statusCode: 409 });
  });

  it('reports failures and exceptions, and runs again', async () => {
    const queue = connect();
    const failed = await claimed(queue);
    expect(await failed.worker['reportFailed']?.(failed.taskId, 0)).toMatchObject({
      status: { state: 'failed' },
    });
    const { taskId, worker } = await claimed(queue);
    const retried = await worker['reportException']?.(taskId, 0, { reason: 'intermittent-task' });
    expect(retried).toMatchObject({
      status: { state: 'pending', retriesLeft: 4, runs: [{}, { runId: 1, reasonCreated: 'task-retry' }] },
    });
    await expect(worker['reportException']?.(taskId, 0, { reason: 'boredom' })).rejects.toMatchObject({
      statusCode: 400,
      code: 'InputValidationError',
    });
    expect(await queue['cancelTask']?.(taskId)).toMatchObject({ status: { state: 'exception' } });
    expect(await queue['rerunTask']?.(taskId)).toMatchObject({ status: { state: 'pending' } });
  });

  it('gives nobody what another worker has', async () => {
    const queue = connect();
    const taskId = taskcluster.slugid();
    await queue['createTask']?.(taskId, definition({ workerType: 'by-name' }));
    const claim = await queue['claimTask']?.(taskId, 0, WORKER);
    expect(claim).toMatchObject({ runId: 0, ...WORKER });
    await expect(queue['claimTask']?.(taskId, 0, { ...WORKER, workerId: 'other' })).rejects.toMatchObject({
      statusCode: 409,
    });
    expect(await queue['claimWork']?.('test/by-name', WORKER)).toEqual({ tasks: [] });
  });

  it('stores artifacts of every kind, and finds them', async () => {
    const queue = connect();
    const { taskId, worker } = await claimed(queue);
    const expires = taskcluster.fromNowJSON('30 minutes');
    const s3 = { storageType: 's3', contentType: 'text/plain', expires };
    const { putUrl } = (await worker['createArtifact']?.(taskId, 0, 'public/a b/100%.txt', s3)) ?? {};
    expect(putUrl).toContain(served.url);
    const put = await fetch(String(putUrl), {
      method: 'PUT',
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    expect(put.status).toBe(200);
    const make = (name: string, body: object) =>
      worker['createArtifact']?.(taskId, 0, name, { expires, ...body });
    await make('private/there', {
      storageType: 'reference',
      contentType: 'a/b',
      url: 'https://example.com/x',
    });
    await make('private/link', { storageType: 'link', artifact: 'public/a b/100%.txt' });
    await make('public/missing', { storageType: 'error', reason: 'file-missing-on-worker', message: 'no' });

    const answer = await queue['getArtifact']?.(taskId, 0, 'private/link');
    expect(answer).toMatchObject({ storageType: 's3' });
    expect(await (await fetch(String(answer?.['url']))).text()).toBe('hello');
    expect(await queue['getLatestArtifact']?.(taskId, 'private/there')).toEqual({
      storageType: 'reference',
      url: 'https://example.com/x',
    });
    await expect(queue['getArtifact']?.(taskId, 0, 'public/missing')).rejects.toMatchObject({
      statusCode: 424,
    });
    await expect(queue['getArtifact']?.(taskId, 0, 'public/none')).rejects.toMatchObject({ statusCode: 404 });
    expect(await queue['artifact']?.(taskId, 0, 'public/missing')).toEqual({
      storageType: 'error',
      reason: 'file-missing-on-worker',
      message: 'no',
    });
    expect(await queue['latestArtifact']?.(taskId, 'private/there')).toMatchObject({
      url: 'https://example.com/x',
    });
    expect(await queue['artifactInfo']?.(taskId, 0, 'public/a b/100%.txt')).toMatchObject({
      contentType: 'text/plain',
    });
    expect(await queue['latestArtifactInfo']?.(taskId, 'private/there')).toMatchObject({
      storageType: 'reference',
    });
    const { artifacts } = (await queue['listArtifacts']?.(taskId, 0)) ?? {};
    expect(artifacts).toHaveLength(4);
    const first = (await queue['listArtifacts']?.(taskId, 0, { limit: 3 })) ?? {};
    expect(first['artifacts']).toHaveLength(3);
    const rest = await queue['listArtifacts']?.(taskId, 0, { continuationToken: first['continuationToken'] });
    expect(rest?.['artifacts']).toHaveLength(1);
    expect(rest).not.toHaveProperty('continuationToken');
    if ('listLatestArtifacts' in taskcluster.Queue.prototype) {
      expect((await queue['listLatestArtifacts']?.(taskId))?.['artifacts']).toHaveLength(4);
    }
    await expect(
      worker['finishArtifact']?.(taskId, 0, 'public/missing', { uploadId: taskcluster.slugid() }),
    ).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('groups tasks, and lets them wait for each other', async () => {
    const queue = connect();
    const [taskGroupId, first, second] = [taskcluster.slugid(), taskcluster.slugid(), taskcluster.slugid()];
    const workerType = 'of-groups';
    await queue['createTask']?.(first, definition({ taskGroupId, workerType }));
    await queue['createTask']?.(second, definition({ taskGroupId, workerType, dependencies: [first] }));
    expect(await queue['status']?.(second)).toMatchObject({ status: { state: 'unscheduled', runs: [] } });
    expect((await queue['listDependentTasks']?.(first))?.['tasks']).toMatchObject([
      { status: { taskId: second } },
    ]);
    expect((await queue['listTaskGroup']?.(taskGroupId))?.['tasks']).toHaveLength(2);
    expect(await queue['getTaskGroup']?.(taskGroupId)).toMatchObject({ taskGroupId, schedulerId: '-' });
    expect(await queue['scheduleTask']?.(second)).toMatchObject({ status: { state: 'pending' } });
    if ('sealTaskGroup' in taskcluster.Queue.prototype) {
      await expect(queue['cancelTaskGroup']?.(taskGroupId)).rejects.toMatchObject({ statusCode: 409 });
      expect(await queue['sealTaskGroup']?.(taskGroupId)).toMatchObject({ sealed: expect.any(String) });
      expect(await queue['cancelTaskGroup']?.(taskGroupId)).toMatchObject({
        taskGroupSize: 2,
        cancelledCount: 2,
      });
    }
  });

  it('asks for many tasks at once, where it can', async () => {
    const queue = connect();
    if (!('statuses' in taskcluster.Queue.prototype)) return;
    const taskIds = [taskcluster.slugid(), taskcluster.slugid(), taskcluster.slugid()];
    for (const taskId of taskIds.slice(0, 2))
      await queue['createTask']?.(taskId, definition({ workerType: 'many' }));
    expect((await queue['tasks']?.({ taskIds }))?.['tasks']).toHaveLength(2);
    const { statuses, continuationToken } = (await queue['statuses']?.({ taskIds }, { limit: 1 })) ?? {};
    expect(statuses).toMatchObject([{ taskId: taskIds[0], status: { state: 'pending' } }]);
    const rest = await queue['statuses']?.({ taskIds }, { continuationToken });
    expect(rest).toMatchObject({ statuses: [{ taskId: taskIds[1] }] });
  });

  it('looks at queues and workers, and puts a worker into quarantine', async () => {
    const queue = connect();
    const { taskQueueId, workerType, taskId } = await claimed(queue);
    await queue['createTask']?.(taskcluster.slugid(), definition({ workerType }));
    expect(await queue['pendingTasks']?.(taskQueueId)).toMatchObject({ pendingTasks: 1, taskQueueId });
    if ('taskQueueCounts' in taskcluster.Queue.prototype) {
      expect(await queue['taskQueueCounts']?.(taskQueueId)).toMatchObject({
        pendingTasks: 1,
        claimedTasks: 1,
      });
      expect((await queue['listPendingTasks']?.(taskQueueId))?.['tasks']).toHaveLength(1);
      expect((await queue['listClaimedTasks']?.(taskQueueId))?.['tasks']).toMatchObject([
        { taskId, ...WORKER },
      ]);
    }
    expect((await queue['listTaskQueues']?.())?.['taskQueues']).toContainEqual(
      expect.objectContaining({ taskQueueId }),
    );
    expect(await queue['getTaskQueue']?.(taskQueueId)).toMatchObject({ taskQueueId });
    expect((await queue['listProvisioners']?.())?.['provisioners']).toMatchObject([{ provisionerId: P }]);
    expect(await queue['getProvisioner']?.(P)).toMatchObject({ provisionerId: P });
    expect((await queue['listWorkerTypes']?.(P))?.['workerTypes']).toContainEqual(
      expect.objectContaining({ workerType }),
    );
    expect(await queue['getWorkerType']?.(P, workerType)).toMatchObject({ provisionerId: P, workerType });
    expect(await queue['listWorkers']?.(P, workerType)).toMatchObject({
      workers: [{ ...WORKER, latestTask: { taskId, runId: 0 } }],
    });
    const named = [P, workerType, 'group', 'worker'];
    expect(await queue['getWorker']?.(...named)).toMatchObject({
      ...WORKER,
      recentTasks: [{ taskId, runId: 0 }],
    });
    const quarantineUntil = taskcluster.fromNowJSON('1 hour');
    expect(await queue['quarantineWorker']?.(...named, { quarantineUntil })).toMatchObject({
      quarantineUntil,
    });
    expect(await queue['claimWork']?.(taskQueueId, WORKER)).toEqual({ tasks: [] });
    const { workers } = (await queue['listWorkers']?.(P, workerType, { quarantined: 'true' })) ?? {};
    expect(workers).toHaveLength(1);
    const declared = await queue['declareWorker']?.(P, W, 'group', 'declared', { expires: quarantineUntil });
    expect(declared).toMatchObject({ workerId: 'declared', recentTasks: [] });
  });

  it('is refused with wrong, unknown and too few credentials', async () => {
    const taskId = taskcluster.slugid();
    const wrong = connect({ credentials: { ...ROOT, accessToken: 'wrong' } });
    await expect(wrong['task']?.(taskId)).rejects.toMatchObject({
      statusCode: 401,
      code: 'AuthenticationFailed',
    });
    const unknown = connect({ credentials: { clientId: 'nobody', accessToken: 'x' } });
    await expect(unknown['task']?.(taskId)).rejects.toMatchObject({ statusCode: 401 });
    const nobody = connect({ credentials: undefined });
    await expect(nobody['task']?.(taskId)).rejects.toMatchObject({
      statusCode: 403,
      code: 'InsufficientScopes',
    });
    const limited = connect({ credentials: LIMITED });
    await expect(limited['task']?.(taskId)).rejects.toMatchObject({
      statusCode: 403,
      message: expect.stringContaining(`queue:get-task:${taskId}`),
    });
    await expect(limited['status']?.(taskId)).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });

  it('narrows its scopes, and makes temporary credentials', async () => {
    const taskId = taskcluster.slugid();
    await connect()['createTask']?.(taskId, definition());
    const narrowed = connect({ credentials: ROOT, authorizedScopes: [`queue:status:${taskId}`] });
    await narrowed['status']?.(taskId);
    await expect(narrowed['task']?.(taskId)).rejects.toMatchObject({ statusCode: 403 });
    const temporary = taskcluster.createTemporaryCredentials({
      credentials: LIMITED,
      clientId: 'job/1',
      scopes: ['queue:status:*'],
      start: new Date(Date.now() - 60_000),
      expiry: taskcluster.fromNow('1 hour'),
    });
    await connect({ credentials: temporary })['status']?.(taskId);
    await expect(connect({ credentials: temporary })['task']?.(taskId)).rejects.toMatchObject({
      statusCode: 403,
    });
  });

  it('signs URLs, which lead to private artifacts', async () => {
    const { taskId, worker } = await claimed(connect());
    const body = {
      storageType: 's3',
      contentType: 'text/plain',
      expires: taskcluster.fromNowJSON('30 minutes'),
    };
    for (const name of ['private/a', 'private/b']) {
      const { putUrl } = (await worker['createArtifact']?.(taskId, 0, name, body)) ?? {};
      await fetch(String(putUrl), {
        method: 'PUT',
        body: 'secret',
        headers: { 'content-type': 'text/plain' },
      });
    }
    const queue = new taskcluster.Queue({ rootUrl: served.url, credentials: LIMITED });
    const methods = queue as unknown as Methods;
    const signed = (name: string) => queue.buildSignedUrl(methods['getArtifact'] as never, taskId, 0, name);
    const answer = await fetch(signed('private/a'));
    expect([answer.status, await answer.text()]).toEqual([200, 'secret']);
    expect((await fetch(signed('private/b'))).status).toBe(403);
    expect((await fetch(signed('private/a').replace('private%2Fa', 'private%2Fb'))).status).toBe(401);
    const plain = queue.buildUrl(methods['getArtifact'] as never, taskId, 0, 'private/a');
    expect((await fetch(plain)).status).toBe(403);
  });

  it('has no method that was not called here', () => {
    const methods = Object.keys(taskcluster.Queue.prototype).filter((name) => !HELPERS.test(name));
    const missed = methods.filter((name) => !called.has(name) && !GONE.includes(name));
    expect(missed).toEqual([]);
    const known = new Set(QUEUE_SERVICE.methods.map(({ name }) => name));
    expect(methods.filter((name) => !known.has(name) && !GONE.includes(name))).toEqual([]);
  });
});

describe('an open queue', () => {
  it.each([
    ['55', older],
    ['87', newer],
  ])(
    'works with taskcluster-client %s without credentials, and with some of others',
    async (_version, taskcluster) => {
      await using open = await serveQueue();
      for (const credentials of [undefined, { clientId: 'whoever', accessToken: 'x' }]) {
        const queue = new taskcluster.Queue({
          rootUrl: open.url,
          ...(credentials && { credentials }),
        }) as unknown as Methods;
        const taskId = taskcluster.slugid();
        await queue['createTask']?.(taskId, definition());
        expect(await queue['claimWork']?.('test/docker', WORKER)).toMatchObject({
          tasks: [{ status: { taskId } }],
        });
        await queue['reportCompleted']?.(taskId, 0);
      }
    },
  );
});
