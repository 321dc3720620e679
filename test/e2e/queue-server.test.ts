import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import taskcluster from 'taskcluster-client-87';
import { describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { ask } from '../support/ask.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 20_000 }; // beside all the other tests
const TOKEN = 'a-token-for-this-test-only';
const V1 = '/api/queue/v1';
const WORKER = { workerGroup: 'group', workerId: 'worker' };
const json = { 'content-type': 'application/json' };

const serveQueue = (rig: Rig, ...words: string[]): Promise<Served> =>
  serve(rig, ['server', '--port', '0', ...words]);

const definition = (more: object = {}) => ({
  taskQueueId: 'test/docker',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: {},
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  ...more,
});

/** One call; a connection that breaks gives `undefined`. */
async function call(url: string, method: string, path: string, body?: object) {
  try {
    const init = body === undefined ? {} : { headers: json, body: JSON.stringify(body) };
    const answer = await fetch(`${url}${V1}${path}`, { method, ...init });
    return { status: answer.status, body: (await answer.json()) as Record<string, never> };
  } catch {
    return undefined;
  }
}

/** A configuration that only says who may call. */
function writeClients(rig: Rig, scopes: readonly string[] = ['*']): string {
  const file = join(rig.folder, 'clients.yml');
  writeFileSync(file, JSON.stringify([{ clientId: 'ci', accessToken: TOKEN, scopes }]), { mode: 0o600 });
  return file;
}

describe('slipway server with a queue', () => {
  it('is open on this machine, and counts what it does', async () => {
    await using rig = createRig();
    const { url, log } = await serveQueue(rig);
    const taskId = newTaskId();
    expect(await call(url, 'PUT', `/task/${taskId}`, definition())).toMatchObject({ status: 200 });
    const claims = await call(url, 'POST', '/claim-work/test%2Fdocker', WORKER);
    expect(claims?.body).toMatchObject({ tasks: [{ runId: 0, status: { taskId, state: 'running' } }] });
    expect(await call(url, 'POST', `/task/${taskId}/runs/0/completed`)).toMatchObject({ status: 200 });
    expect(await call(url, 'GET', '/task/short')).toMatchObject({ status: 400 });
    expect(JSON.parse((await ask(url, '/healthz')).text)).toEqual({ status: 'ok' });
    const { text } = await ask(url, '/metrics');
    for (const line of [
      'slipway_queue_tasks_created_total 1',
      'slipway_queue_runs_claimed_total 1',
      'slipway_queue_runs_resolved_total{state="completed",reason="completed"} 1',
      'slipway_queue_claims_total{outcome="runs"} 1',
      'slipway_queue_pending_runs{queue="test/docker"} 0',
      'slipway_http_requests_total{method="PUT",route="queue.createTask",status="200"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(log()).toContainEqual(
      expect.objectContaining({
        msg: 'a call was refused',
        call: 'queue.task',
        code: 'InvalidRequestArguments',
      }),
    );
  });

  it('does nothing that a web page of others sends it', async () => {
    await using rig = createRig();
    const { url } = await serveQueue(rig);
    const path = `${V1}/task/${newTaskId()}`;
    const headers = { ...json, origin: 'https://page.example.com' };
    const answer = await ask(url, path, { method: 'PUT', headers, body: JSON.stringify(definition()) });
    expect(answer.status).toBe(403);
    expect((await ask(url, path)).status).toBe(404);
  });

  it('knows its clients, and lets others read what is public alone', async () => {
    await using rig = createRig();
    const { url } = await serveQueue(rig, '--clients', writeClients(rig));
    const taskId = newTaskId();
    expect(await call(url, 'PUT', `/task/${taskId}`, definition())).toMatchObject({ status: 403 });
    const credentials = { clientId: 'ci', accessToken: TOKEN };
    const queue = new taskcluster.Queue({ rootUrl: url, credentials });
    expect(await queue['createTask']?.(taskId, definition())).toMatchObject({ status: { state: 'pending' } });
    expect(await call(url, 'GET', `/task/${taskId}/artifacts/public/x`)).toMatchObject({ status: 404 });
  });

  it.each([
    [
      'a database of another kind',
      ['--database-url', 'mysql://root:hidden@localhost/x'],
      2,
      '--database-url',
    ],
    ['clients that are not there', ['--clients', 'none.yml'], 1, 'none.yml'],
    ['an address that is none', ['--root-url', 'queue'], 2, '--root-url'],
    ['no time', ['--claim-timeout', '10ms'], 2, '--claim-timeout'],
  ])('does not start with %s, and says so', async (_what, words, exitCode, named) => {
    await using rig = createRig();
    const ended = await rig.run(['server', '--port', '0', ...words]);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(named);
    expect(ended.stderr).not.toContain('hidden');
    expect(ended.stderr).not.toContain('    at ');
  });

  it('leaves its queue to nobody else, and says what to do', async () => {
    await using rig = createRig();
    await serveQueue(rig);
    const second = await rig.run(['server', '--port', '0']);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('--no-tasks');
    const { url } = await serveQueue(rig, '--no-tasks');
    expect((await ask(url, `${V1}/ping`)).status).toBe(404);
  });

  it('answers who waits as soon as it is told to stop', async () => {
    await using rig = createRig();
    const { url, running } = await serveQueue(rig);
    const waiting = call(url, 'POST', '/claim-work/test%2Fdocker', WORKER);
    await vi.waitFor(async () => {
      const { text } = await ask(url, '/metrics');
      expect(text).toMatch(/slipway_http_open_connections [2-9]/);
    }, PATIENT);
    running.process.kill('SIGTERM');
    expect(await waiting).toEqual({ status: 200, body: { tasks: [] } });
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });
});

describe('a server that is killed under load', () => {
  it('has every task that it acknowledged, and each of them ends', async () => {
    await using rig = createRig();
    const created = new Set<string>();
    const completed = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { url, running } = await serveQueue(rig, '--claim-timeout', '1s');
      const loads = [
        creating(url, created),
        creating(url, created),
        working(url, 'a', completed),
        working(url, 'b', completed),
      ];
      const enough = created.size + 40 + Math.floor(Math.random() * 60);
      await vi.waitFor(() => expect(created.size).toBeGreaterThan(enough), { ...PATIENT, interval: 5 });
      running.process.kill('SIGKILL');
      await Promise.all([once(running.process, 'exit'), ...loads]);
    }
    const { url } = await serveQueue(rig, '--claim-timeout', '1s');
    for (const taskId of completed) {
      expect(await call(url, 'GET', `/task/${taskId}/status`)).toMatchObject({
        body: { status: { state: 'completed' } },
      });
    }
    const end = new AbortController();
    const workers = [working(url, 'c', completed, end.signal), working(url, 'd', completed, end.signal)];
    await vi.waitFor(
      async () => {
        const counts = await call(url, 'GET', '/task-queues/test%2Fdocker/counts');
        expect(counts?.body).toMatchObject({ pendingTasks: 0, claimedTasks: 0 });
      },
      { timeout: 60_000, interval: 200 },
    );
    end.abort();
    await Promise.all(workers);
    for (const taskId of created) {
      const status = await call(url, 'GET', `/task/${taskId}/status`);
      expect(status?.body).toMatchObject({ status: { state: 'completed' } });
    }
    expect(created.size).toBeGreaterThan(100);
  }, 120_000);
});

/** Creates tasks until the server is gone; what was acknowledged is noted. */
async function creating(url: string, acknowledged: Set<string>): Promise<void> {
  for (;;) {
    const taskId = newTaskId();
    const answer = await call(url, 'PUT', `/task/${taskId}`, definition({ retries: 49 }));
    if (answer === undefined) return;
    expect(answer.status).toBe(200);
    acknowledged.add(taskId);
  }
}

/** Claims and completes until the server is gone, or the signal aborts; what was acknowledged is noted. */
async function working(
  url: string,
  workerId: string,
  acknowledged: Set<string>,
  signal?: AbortSignal,
): Promise<void> {
  while (signal?.aborted !== true) {
    const work = { workerGroup: 'group', workerId, tasks: 2 };
    const claims = await Promise.race([
      call(url, 'POST', '/claim-work/test%2Fdocker', work),
      aborted(signal),
    ]);
    if (claims === undefined) return;
    const tasks = (claims.body as unknown as { tasks: readonly Claimed[] }).tasks;
    for (const { status, runId } of tasks) {
      const answer = await call(url, 'POST', `/task/${status.taskId}/runs/${runId}/completed`);
      if (answer?.status === 200) acknowledged.add(status.taskId);
    }
  }
}

interface Claimed {
  readonly status: { readonly taskId: string };
  readonly runId: number;
}

/** Never, without a signal. */
async function aborted(signal: AbortSignal | undefined): Promise<undefined> {
  if (signal === undefined) return await new Promise(() => undefined);
  await sleep(0);
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
}
