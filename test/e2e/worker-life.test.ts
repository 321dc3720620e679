import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TaskRequest } from '../../src/queue-api/index.ts';
import { startMetadataServer } from '../../src/worker/testing/metadata-server.ts';
import { type Fleet, type FleetWorker, startFleet } from '../support/fleet.ts';
import { freshId } from '../support/pipeline.ts';
import { BUSYBOX } from '../support/rig.ts';

const PATIENT = { timeout: 30_000, interval: 100 };
const LONG = 120_000;

let fleet: Fleet;
/** Its claims are short, so that they lapse while a test waits. */
let hasty: Fleet;
beforeAll(async () => {
  [fleet, hasty] = await Promise.all([startFleet(), startFleet({ server: ['--claim-timeout', '4s'] })]);
}, LONG);
afterAll(() => Promise.all([fleet, hasty].map((each) => each?.[Symbol.asyncDispose]())), LONG);

const task = (script: string, more: object = {}) => ({
  image: BUSYBOX,
  command: ['sh', '-c', script],
  maxRunTime: 600,
  ...more,
});
const FOREVER = task('echo begun; while :; do sleep 1; done');

// Not one at a time: servers of this process answer meanwhile.
const docker = async (...words: string[]): Promise<string[]> =>
  (await promisify(execFile)('docker', words)).stdout.trim().split('\n').filter(Boolean);
const containersOf = ({ workerId }: FleetWorker): Promise<string[]> =>
  docker('ps', '-aq', '--filter', `label=io.slipway.worker=${workerId}`);
const runningOf = ({ workerId }: FleetWorker): Promise<string[]> =>
  docker('ps', '-q', '--filter', `label=io.slipway.worker=${workerId}`);
const networksOf = ({ workerId }: FleetWorker): Promise<string[]> =>
  docker('network', 'ls', '-q', '--filter', `label=io.slipway.worker=${workerId}`);

const typesOf = (worker: FleetWorker): string[] => worker.records().map(({ type }) => type);
const said = (worker: FleetWorker, type: string): Promise<void> =>
  vi.waitFor(() => expect(typesOf(worker)).toContain(type), PATIENT);

type WorkerOptions = NonNullable<Parameters<Fleet['startWorker']>[0]>;

/** A queue of one test's own: the tests go on at the same time. */
function ownQueue(of: Fleet = fleet) {
  const workerType = freshId('queue');
  const names = ['--worker-type', workerType];
  const startWorker = ({ words = [], ...options }: WorkerOptions = {}): Promise<FleetWorker> =>
    of.startWorker({ ...options, words: [...names, ...words] });
  return {
    ...{ workerType, startWorker },
    createTask: (payload: TaskRequest['payload'], more: Partial<TaskRequest> = {}): Promise<string> =>
      of.createTask(payload, { workerType, ...more }),
    /** A worker for as long as it is used. */
    async withWorker(options: WorkerOptions, use: (worker: FleetWorker) => Promise<void>): Promise<void> {
      const worker = await startWorker(options);
      try {
        await use(worker);
      } finally {
        worker.signal('SIGCONT');
        worker.signal('SIGTERM');
        await worker.finished;
      }
    },
  };
}

describe.concurrent('a worker', { timeout: LONG }, () => {
  it('runs as many tasks at once as it has slots, each in a container of its own that is gone afterwards', async () => {
    const { createTask, withWorker } = ownQueue();
    await withWorker({ words: ['--capacity', '5'] }, async (worker) => {
      const tasks = await Promise.all(Array.from({ length: 5 }, () => createTask(FOREVER)));
      await Promise.all(tasks.map((taskId) => fleet.runIs(taskId, 0, 'running')));
      await vi.waitFor(async () => expect(await containersOf(worker)).toHaveLength(5), PATIENT);
      await Promise.all(tasks.map((taskId) => fleet.queue.cancelTask(taskId)));
      await vi.waitFor(async () => expect(await containersOf(worker)).toEqual([]), PATIENT);
      const taskId = await createTask(task('echo still here'));
      expect(await fleet.resolved(taskId)).toMatchObject({ state: 'completed' });
      expect(await fleet.log(taskId)).toContain('still here\r\n');
    });
  });

  it('shares a queue with others', async () => {
    const { createTask, withWorker } = ownQueue();
    await withWorker({}, async (one) => {
      await withWorker({}, async (two) => {
        const tasks = await Promise.all([createTask(FOREVER), createTask(FOREVER)]);
        const runs = await Promise.all(tasks.map((taskId) => fleet.runIs(taskId, 0, 'running')));
        expect(runs.map(({ workerId }) => workerId).toSorted()).toEqual(
          [one.workerId, two.workerId].toSorted(),
        );
        await Promise.all(tasks.map((taskId) => fleet.queue.cancelTask(taskId)));
      });
    });
  });

  it('gives its task back when it is told to end, with the log until then, and leaves nothing behind', async () => {
    const { createTask, withWorker } = ownQueue();
    let taskId = '';
    await withWorker({}, async (worker) => {
      taskId = await createTask(FOREVER);
      await vi.waitFor(async () => expect(await containersOf(worker)).toHaveLength(1), PATIENT);
      await said(worker, 'run task');
      worker.signal('SIGTERM');
      expect(await worker.finished).toMatchObject({ exitCode: 0 });
      expect([await containersOf(worker), await networksOf(worker)]).toEqual([[], []]);
    });
    const { runs } = await fleet.queue.status(taskId);
    expect(runs).toMatchObject([
      { state: 'exception', reasonResolved: 'worker-shutdown' },
      { state: 'pending', reasonCreated: 'retry' },
    ]);
    expect(await fleet.log(taskId, 0)).toContain(
      'Task has been aborted prematurely. Reason: worker-shutdown',
    );
    await withWorker({}, async () => {
      await fleet.runIs(taskId, 1, 'running');
      await fleet.queue.cancelTask(taskId);
    });
  });

  it('lets its task end when it is hung up, and claims nothing more', async () => {
    const { createTask, withWorker } = ownQueue();
    await withWorker({}, async (worker) => {
      const taskId = await createTask(task('while [ ! -e /end ]; do sleep 0.1; done'));
      await vi.waitFor(async () => expect(await containersOf(worker)).toHaveLength(1), PATIENT);
      worker.signal('SIGHUP');
      await said(worker, 'shutdown');
      const other = await createTask(task('true'));
      const [container = ''] = await containersOf(worker);
      await vi.waitFor(() => docker('exec', container, 'touch', '/end'), PATIENT);
      expect(await worker.finished).toMatchObject({ exitCode: 0 });
      expect(await fleet.queue.status(taskId)).toMatchObject({ state: 'completed' });
      expect(await fleet.queue.cancelTask(other)).toMatchObject({ runs: [{ reasonResolved: 'canceled' }] });
    });
  });

  it('that was killed leaves its task to others once its claim has lapsed, and its container to the next start', async () => {
    const { createTask, startWorker, withWorker } = ownQueue(hasty);
    const dead = await startWorker();
    const taskId = await createTask(FOREVER);
    await vi.waitFor(async () => expect(await containersOf(dead)).toHaveLength(1), PATIENT);
    dead.signal('SIGKILL');
    await dead.finished;
    expect(await hasty.runIs(taskId, 0, 'exception')).toMatchObject({ reasonResolved: 'claim-expired' });
    await withWorker({}, async (next) => {
      expect(await hasty.runIs(taskId, 1, 'running')).toMatchObject({ workerId: next.workerId });
      // Whichever worker of this machine started first takes it away.
      await vi.waitFor(
        async () => expect([await containersOf(dead), await networksOf(dead)]).toEqual([[], []]),
        PATIENT,
      );
      await hasty.queue.cancelTask(taskId);
    });
  });

  it('that was frozen past its claim ends its container when it wakes up, and says nothing of the run', async () => {
    const { createTask, withWorker } = ownQueue(hasty);
    await withWorker({}, async (frozen) => {
      const taskId = await createTask(FOREVER, { retries: 1 });
      await vi.waitFor(async () => expect(await containersOf(frozen)).toHaveLength(1), PATIENT);
      frozen.signal('SIGSTOP');
      await hasty.runIs(taskId, 0, 'exception');
      await hasty.queue.cancelTask(taskId);
      frozen.signal('SIGCONT');
      await vi.waitFor(async () => expect(await containersOf(frozen)).toEqual([]), PATIENT);
      expect(typesOf(frozen)).not.toContain('task resolved');
      const next = await createTask(task('true'));
      expect(await hasty.resolved(next)).toMatchObject({ state: 'completed' });
    });
  });

  it('is given nothing while it is in quarantine', async () => {
    const { createTask, withWorker, workerType } = ownQueue();
    await withWorker({ workerId: 'quarantined' }, async (worker) => {
      const first = await createTask(task('true'));
      await fleet.resolved(first);
      const quarantine = (until: string) =>
        fleet.queue.fetch(
          `/api/queue/v1/provisioners/local/worker-types/${workerType}/workers/test/${worker.workerId}`,
          {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ quarantineUntil: until }),
          },
        );
      expect((await quarantine('2999-01-01T00:00:00.000Z')).status).toBe(200);
      const taskId = await createTask(task('true'));
      await withWorker({}, async (other) => {
        expect(await fleet.resolved(taskId)).toMatchObject({ runs: [{ workerId: other.workerId }] });
      });
    });
  });

  it('stops when it was idle for long enough, and runs what it is to run then', async () => {
    const { createTask, withWorker } = ownQueue();
    const words = ['--idle-shutdown', '1s', '--shutdown-command', 'touch stopped-by-itself'];
    await withWorker({ words }, async (worker) => {
      const taskId = await createTask(task('true'));
      await fleet.resolved(taskId);
      expect(await worker.finished).toMatchObject({ exitCode: 0 });
      expect(worker.records()).toContainEqual(expect.objectContaining({ type: 'exit', reason: 'idle' }));
      expect(fleet.rig.exists('stopped-by-itself')).toBe(true);
    });
  });

  it('claims nothing while its disk is too full, and gives up when that lasts', async () => {
    const { createTask, withWorker } = ownQueue();
    fleet.rig.write(
      'full.yml',
      `defaults:
  capacityManagement: { diskspaceThreshold: 9000000000000000 }
  limits: { unhealthyAfter: 1 }
`,
    );
    await withWorker({ words: ['--config', 'full.yml'] }, async (worker) => {
      const taskId = await createTask(task('true'));
      await said(worker, '[alert-operator] diskspace threshold reached');
      expect(await worker.finished).toMatchObject({ exitCode: 75 });
      expect(await fleet.queue.cancelTask(taskId)).toMatchObject({ runs: [{ reasonResolved: 'canceled' }] });
    });
  });

  it('that is cut from its server ends its run before the claim does, and works on when it is back', async () => {
    const { createTask, withWorker } = ownQueue(hasty);
    await using line = await cuttable(hasty.rootUrl);
    await withWorker({ rootUrl: line.url }, async (worker) => {
      const taskId = await createTask(FOREVER);
      await vi.waitFor(async () => expect(await containersOf(worker)).toHaveLength(1), PATIENT);
      line.cut();
      await vi.waitFor(async () => expect(await runningOf(worker)).toEqual([]), PATIENT);
      expect(await hasty.queue.status(taskId)).toMatchObject({ runs: [{ runId: 0 }] });
      expect(await hasty.runIs(taskId, 0, 'exception')).toMatchObject({ reasonResolved: 'claim-expired' });
      line.mend();
      expect(await hasty.runIs(taskId, 1, 'running')).toMatchObject({ workerId: worker.workerId });
      await hasty.queue.cancelTask(taskId);
    });
  });

  it('shows how it is, and what it did', async () => {
    const { createTask, withWorker } = ownQueue();
    await withWorker({ words: ['--health-port', '0'] }, async (worker) => {
      await said(worker, 'health');
      const url = String(worker.records().find(({ type }) => type === 'health')?.['url']);
      await fleet.resolved(await createTask(task('true')));
      // The queue knows of the end before the worker has put the slot back.
      await vi.waitFor(async () => {
        const health = await fetch(`${url}/healthz`);
        expect([health.status, await health.json()]).toEqual([
          200,
          { status: 'ok', capacity: 1, running: 0 },
        ]);
      }, PATIENT);
      const text = await (await fetch(`${url}/metrics`)).text();
      for (const line of [
        'slipway_worker_capacity 1',
        'slipway_worker_claims_total 1',
        'slipway_worker_resolved_total{resolution="completed"} 1',
        'slipway_worker_setup_seconds_count 1',
      ])
        expect(text).toContain(`${line}\n`);
      expect(text).toMatch(/slipway_worker_uploaded_bytes_total [1-9]/);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      expect((await fetch(`${url}/other`)).status).toBe(404);
    });
  });
});

describe.concurrent('a worker on EC2', { timeout: LONG }, () => {
  it('gives its task back when the machine is going to be taken away', async () => {
    const { createTask, withWorker } = ownQueue();
    await using cloud = await startMetadataServer({ values: {} });
    const environment = { SLIPWAY_EC2_METADATA_URL: cloud.endpoint };
    await withWorker({ words: ['--spot'], environment }, async (worker) => {
      const artifacts = { 'public/hosts': { type: 'file', path: '/etc/hosts' } };
      const taskId = await createTask({ ...FOREVER, artifacts }, { retries: 0 });
      await vi.waitFor(async () => expect(await containersOf(worker)).toHaveLength(1), PATIENT);
      await said(worker, 'run task');
      const second = await createTask(task('true'));
      cloud.values['latest/meta-data/spot/termination-time'] = '2026-11-21T20:00:00Z';
      expect(await worker.finished).toMatchObject({ exitCode: 0 });
      expect(await fleet.queue.status(taskId)).toMatchObject({
        runs: [{ reasonResolved: 'worker-shutdown' }],
      });
      const log = await fleet.log(taskId, 0);
      expect(log).toContain('Task has been aborted prematurely. Reason: worker-shutdown');
      const names = (await fleet.queue.listArtifacts(taskId, 0)).map(({ name }) => name);
      expect(names).not.toContain('public/hosts');
      expect(await fleet.queue.cancelTask(second)).toMatchObject({ runs: [{ reasonResolved: 'canceled' }] });
    });
  });

  it('claims nothing when that was said before it began', async () => {
    const { createTask, workerType } = ownQueue();
    const values = { 'latest/meta-data/spot/termination-time': '2026-11-21T20:00:00Z' };
    await using cloud = await startMetadataServer({ values });
    const environment = { SLIPWAY_EC2_METADATA_URL: cloud.endpoint };
    const taskId = await createTask(task('true'));
    const names = ['--worker-type', workerType, '--worker-group', 'test', '--worker-id', 'late'];
    const { exitCode, stdout } = await fleet.rig.run(
      ['worker', 'start', '--root-url', fleet.rootUrl, ...names, '--spot'],
      { environment },
    );
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('spot termination notice')]);
    expect(await fleet.queue.cancelTask(taskId)).toMatchObject({ runs: [{ reasonResolved: 'canceled' }] });
  });
});

describe.concurrent('docker-worker', { timeout: LONG }, () => {
  it('start: takes its names from the metadata service, further options from its variable, the queue by its early name', async () => {
    await using cloud = await startMetadataServer({
      values: {
        '2012-01-12/meta-data/ami-id': 'ami-1',
        '2012-01-12/meta-data/placement/availability-zone': 'eu-1a',
        '2012-01-12/meta-data/instance-id': 'i-1',
      },
    });
    const running = fleet.rig.start(['start', '--capacity', '3'], {
      program: 'docker-worker',
      environment: {
        AWS_EC2_METADATA_SERVICE_ENDPOINT: cloud.endpoint,
        DOCKER_WORKER_OPTS: `--capacity 2 --work-dir ${fleet.rig.dataFolder}/ec2 --config small.yml`,
        QUEUE_URL: fleet.rootUrl,
      },
    });
    fleet.rig.write('small.yml', 'defaults: { capacityManagement: { diskspaceThreshold: 1 } }\n');
    await running.waitFor(/"type":"start".*"workerId":"i-1".*"capacity":3/);
    const taskId = await fleet.createTask(task('true'), {
      provisionerId: 'aws-provisioner',
      workerType: 'ami-1',
    });
    expect(await fleet.resolved(taskId)).toMatchObject({ runs: [{ workerGroup: 'eu-1a', workerId: 'i-1' }] });
    running.process.kill('SIGTERM');
    expect(await running.finished).toMatchObject({ exitCode: 0 });
  });

  it('PROFILE: speaks with worker-runner, and asks it to shut the machine down', async () => {
    const names = { provisionerId: 'local', workerType: 'runner', workerGroup: 'test', workerId: 'runner' };
    const file = `${fleet.rig.folder}/runner.json`;
    fleet.rig.write(
      'runner.json',
      JSON.stringify({ ...names, rootUrl: fleet.rootUrl, dockerVolume: `${fleet.rig.dataFolder}/runner` }),
    );
    const { exitCode, stdout } = await fleet.rig.run(['--host', 'worker-runner', 'test'], {
      program: 'docker-worker',
      environment: { DOCKER_WORKER_CONFIG: file },
      input: [
        '~{"type":"welcome","capabilities":["graceful-termination","shutdown"]}',
        'what is no message',
        '~{"type":"graceful-termination","finish-tasks":true}',
        '',
      ].join('\n'),
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      '~{"type":"hello","capabilities":["graceful-termination","new-credentials","shutdown"]}\n',
    );
    expect(stdout.endsWith('~{"type":"shutdown"}\n')).toBe(true);
  });

  it('PROFILE: gives its task back where worker-runner says that there is no time for it', async () => {
    const names = { provisionerId: 'local', workerType: 'hurried', workerGroup: 'test', workerId: 'hurried' };
    fleet.rig.write(
      'hurried.json',
      JSON.stringify({ ...names, rootUrl: fleet.rootUrl, dockerVolume: `${fleet.rig.dataFolder}/hurried` }),
    );
    const running = fleet.rig.start(['--host', 'worker-runner', 'test'], {
      program: 'docker-worker',
      environment: { DOCKER_WORKER_CONFIG: `${fleet.rig.folder}/hurried.json` },
      input: '~{"type":"welcome","capabilities":["graceful-termination"]}\n',
      keepsInput: true,
    });
    const taskId = await fleet.createTask(FOREVER, { workerType: 'hurried', retries: 0 });
    await running.waitFor('"type":"run task"');
    running.process.stdin?.write('~{"type":"graceful-termination","finish-tasks":false}\n');
    const { exitCode, stdout } = await running.finished;
    expect([exitCode, stdout.includes('~{"type":"shutdown"}')]).toEqual([0, false]);
    expect(await fleet.queue.status(taskId)).toMatchObject({ runs: [{ reasonResolved: 'worker-shutdown' }] });
  });

  it.each([
    ['no profile', [], 1, 'a profile is missing'],
    ['a profile that is not there', ['--root-url', 'http://127.0.0.1:9', 'prod'], 1, 'no profile "prod"'],
    ['a host that is not there', ['--host', 'moon', 'test'], 2, '--host: expected test or aws'],
    ['no queue', ['test'], 1, '--root-url is missing'],
  ])('says so where there is %s', async (_, words, status, message) => {
    const environment = { SLIPWAY_EC2_METADATA_URL: 'http://127.0.0.1:9' };
    const { exitCode, stderr } = await fleet.rig.run(words, { program: 'docker-worker', environment });
    expect([exitCode, stderr]).toEqual([status, expect.stringContaining(message)]);
  });
});

/** A way to a server that can be cut. */
async function cuttable(to: string): Promise<{ url: string; cut(): void; mend(): void } & AsyncDisposable> {
  const { port } = new URL(to);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (isCut) return void socket.destroy();
    const other = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    for (const each of [socket, other]) sockets.add(each);
    socket.pipe(other).pipe(socket);
    socket.on('close', () => other.destroy());
    other.on('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo; // of a TCP server that listens
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    cut,
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}
