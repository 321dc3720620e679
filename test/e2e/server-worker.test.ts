import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { newTaskId, type TaskRequest } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { type Served, serve } from '../support/download-server.ts';
import { BUSYBOX, createRig, type Rig } from '../support/rig.ts';

const PATIENT = { timeout: 30_000, interval: 20 };
const LONG = 120_000;
const TLS = resolve(import.meta.dirname, '../support/tls');
const TOKEN = 'a-token-for-this-test-only';
const ENDLESS = 'echo begun; while :; do sleep 1; done';

const docker = (...words: string[]): string[] =>
  execFileSync('docker', words, { encoding: 'utf8' }).trim().split('\n').filter(Boolean);

function definition(script: string): TaskRequest {
  const now = Date.now();
  return {
    taskQueueId: 'local/docker',
    created: new Date(now).toISOString(),
    deadline: new Date(now + 3_600_000).toISOString(),
    payload: { image: BUSYBOX, command: ['sh', '-c', script], maxRunTime: 600 },
    metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  } as TaskRequest;
}

async function create(queue: QueueClient, script: string): Promise<string> {
  const taskId = newTaskId();
  await queue.createTask(taskId, definition(script));
  return taskId;
}

interface Beside {
  readonly served: Served;
  readonly workerId: string;
  readonly workerPid: number;
  containers(): string[];
}

async function serveWithWorker(rig: Rig, ...words: string[]): Promise<Beside> {
  const served = await serve(rig, ['server', '--port', '0', '--builder', 'off', '--with-worker', ...words]);
  await vi.waitFor(() => expect(said(served)).toContain('worker: start'), PATIENT);
  const line = served.log().find(({ msg }) => msg === 'the worker beside this server starts');
  const workerId = String(line?.['worker']);
  const containers = (): string[] => docker('ps', '-aq', '--filter', `label=io.slipway.worker=${workerId}`);
  return { served, workerId, workerPid: Number(line?.['pid']), containers };
}

const said = ({ log }: Served): string[] => log().map(({ msg }) => msg);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('slipway server --with-worker', { timeout: LONG }, () => {
  it('runs tasks behind TLS that nobody else trusts, for its clients, and lets them end when it stops', async () => {
    await using rig = createRig();
    const clients = join(rig.folder, 'clients.yml');
    writeFileSync(clients, JSON.stringify([{ clientId: 'ci', accessToken: TOKEN, scopes: ['*'] }]), {
      mode: 0o600,
    });
    const tls = ['--certfile', join(TLS, 'server.crt'), '--keyfile', join(TLS, 'server.key')];
    const { served, workerPid, containers } = await serveWithWorker(rig, ...tls, '--clients', clients);
    expect(served.url).toMatch(/^https:/);
    const environment = {
      NODE_EXTRA_CA_CERTS: join(TLS, 'server.crt'),
      TASKCLUSTER_ROOT_URL: served.url,
      TASKCLUSTER_CLIENT_ID: 'ci',
      TASKCLUSTER_ACCESS_TOKEN: TOKEN,
    };
    const words = ['task', 'create', '--image', BUSYBOX, '--follow', '--'];
    const hello = await rig.run([...words, 'sh', '-c', 'echo "at $TASKCLUSTER_ROOT_URL"'], { environment });
    expect(hello).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`at ${served.url}`) });
    const last = rig.start(
      [...words, 'sh', '-c', 'echo begun; while [ ! -e /end ]; do sleep 0.1; done; echo ended'],
      {
        environment,
      },
    );
    await last.waitFor('begun');
    served.running.process.kill('SIGTERM');
    await vi.waitFor(() => expect(said(served)).toContain('worker: shutdown'), PATIENT);
    await vi.waitFor(() => docker('exec', containers()[0] ?? '', 'touch', '/end'), PATIENT);
    expect(await last.finished).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ended') });
    expect(await served.running.finished).toMatchObject({ exitCode: 0 });
    expect([containers(), isAlive(workerPid)]).toEqual([[], false]);
    const order = said(served).filter((msg) =>
      /^(worker: task resolved|the worker beside.*stopped|stopped)$/.test(msg),
    );
    expect(order.slice(-3)).toEqual([
      'worker: task resolved',
      'the worker beside this server has stopped',
      'stopped',
    ]);
  });

  it('cuts tasks when it is told to stop a second time, and gives them back', async () => {
    await using rig = createRig();
    const { served, containers } = await serveWithWorker(rig);
    await using queue = openQueueClient({ rootUrl: served.url });
    const taskId = await create(queue, ENDLESS);
    await vi.waitFor(() => expect(containers()).toHaveLength(1), PATIENT);
    served.running.process.kill('SIGTERM');
    await vi.waitFor(() => expect(said(served)).toContain('worker: shutdown'), PATIENT);
    // While its worker's tasks end, the queue is answered; who chooses between servers goes elsewhere.
    expect((await fetch(`${served.url}/readyz`)).status).toBe(503);
    expect((await queue.status(taskId)).state).toBe('running');
    served.running.process.kill('SIGTERM');
    expect(await served.running.finished).toMatchObject({ exitCode: 0 });
    expect(containers()).toEqual([]);
    const again = await serve(rig, ['server', '--port', '0', '--builder', 'off']);
    await using later = openQueueClient({ rootUrl: again.url });
    expect((await later.status(taskId)).runs).toMatchObject([
      { state: 'exception', reasonResolved: 'worker-shutdown' },
      { state: 'pending', reasonCreated: 'retry' },
    ]);
  });

  it('takes its worker and the containers with it when it is killed, and starts a worker that was killed again', async () => {
    await using rig = createRig();
    const { served, workerPid, containers } = await serveWithWorker(rig);
    process.kill(workerPid, 'SIGKILL');
    const starts = (): number[] =>
      served
        .log()
        .flatMap(({ msg, pid }) => (msg === 'the worker beside this server starts' ? [Number(pid)] : []));
    await vi.waitFor(() => expect(starts()).toHaveLength(2), PATIENT);
    expect(said(served)).toContain('the worker beside this server has ended, and is started again');
    await using queue = openQueueClient({ rootUrl: served.url });
    await create(queue, ENDLESS);
    await vi.waitFor(() => expect(containers()).toHaveLength(1), PATIENT);
    served.running.process.kill('SIGKILL');
    await served.running.finished;
    await vi.waitFor(
      () => expect([containers(), starts().map(isAlive)]).toEqual([[], [false, false]]),
      PATIENT,
    );
  });

  it('stays, says so and tries again where there is no engine', async () => {
    await using rig = createRig();
    const engine = ['--docker-host', `unix://${rig.folder}/none.sock`];
    const served = await serve(rig, [
      'server',
      '--port',
      '0',
      '--builder',
      'off',
      '--with-worker',
      ...engine,
    ]);
    await vi.waitFor(() => {
      const again = served.log().filter(({ msg }) => msg.includes('is started again'));
      expect(again.map(({ againInMs }) => againInMs)).toEqual([1000, 2000]);
    }, PATIENT);
    expect(
      said(served)
        .filter((msg) => msg.startsWith('worker: '))
        .join('\n'),
    ).toContain('none.sock');
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
  });

  it.each([
    [['--with-worker', '--no-tasks'], '--with-worker and --no-tasks exclude each other'],
    [['--with-worker', '--worker-queue', 'x'], '--worker-queue: expected PROVISIONER/TYPE'],
    [['--with-worker', '--worker-capacity', '0'], '--worker-capacity: expected a number from 1'],
  ])('refuses %j', async (words, message) => {
    await using rig = createRig();
    expect(await rig.run(['server', '--port', '0', ...words])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    });
  });
});
