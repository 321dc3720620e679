import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../engine/fake/index.ts';
import { currentOwner } from '../kernel/index.ts';
import { newTaskId } from '../queue-api/index.ts';
import { QueueClientError } from '../queue-client/index.ts';
import { createDevicePool, type DevicePool } from './features/devices/device-pool.ts';
import { ownerFolder, runFolder } from './garbage/leftovers.ts';
import type { WorkerSettings } from './settings.ts';
import { type RunningWorker, startWorker } from './start-worker.ts';
import { openTaskLog } from './task/log/open-task-log.ts';
import type { Resolution, RunAbort } from './task/resolution.ts';
import type { TaskContext } from './task/task-context.ts';
import { FakeQueue, type FakeQueueOptions } from './testing/fake-queue.ts';
import { TEST_IDENTITY, testSettings } from './testing/settings.ts';

let engine: FakeEngine;
let folder: string;
const running: RunningWorker[] = [];

beforeAll(async () => {
  engine = await createFakeEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-worker-'));
});
afterEach(async () => {
  for (const worker of running.splice(0)) {
    worker.stop({ kind: 'immediate', reason: 'requested' });
    await worker.ended.catch(() => undefined);
  }
  await rm(folder, { recursive: true });
});

/** A run that a test ends. */
interface Held {
  readonly task: TaskContext;
  end(resolution: Resolution): void;
}

interface Started {
  readonly queue: FakeQueue;
  readonly worker: RunningWorker;
  readonly records: { type: string; [field: string]: unknown }[];
  readonly purged: string[];
  /** The runs that have begun, in their order. */
  readonly held: Held[];
  readonly run: (index: number) => Promise<Held>;
}

interface Options {
  readonly settings?: Partial<WorkerSettings>;
  readonly queue?: FakeQueueOptions;
  readonly now?: () => number;
  readonly hasCaches?: boolean;
  /** Each task takes a video device of these. */
  readonly devices?: DevicePool;
  readonly before?: (queue: FakeQueue) => void;
}

async function start(options: Options = {}): Promise<Started> {
  const { now = Date.now, devices } = options;
  const queue = new FakeQueue({ now, ...options.queue });
  options.before?.(queue);
  const held: Held[] = [];
  const records: Started['records'] = [];
  const purged: string[] = [];
  const runTask = async (task: TaskContext): Promise<Resolution> => {
    const ended = Promise.withResolvers<Resolution>();
    const onAbort = (): void => {
      const { reason } = task.signal.reason as RunAbort; // the loop aborts with nothing else
      ended.resolve(reason === 'canceled' ? { type: 'none' } : { type: 'exception', reason });
    };
    task.signal.addEventListener('abort', onAbort, { once: true });
    held.push({ task, end: ended.resolve });
    if (task.signal.aborted) onAbort();
    return await ended.promise.finally(() => task.log.end());
  };
  const worker = await startWorker({
    identity: TEST_IDENTITY,
    settings: testSettings(folder, options.settings),
    engine,
    queue,
    openParts: async () => ({
      runTask,
      openLog: openTaskLog,
      caches: {
        isEmpty: options.hasCaches !== true,
        purge: async (name) => void purged.push(name),
        collect: async () => [],
      },
      ...(devices && {
        freeDevices: () => devices.free(),
        expectDevices: () => devices.expect(['loopbackVideo']),
      }),
    }),
    write: () => undefined,
    onRecord: (type, fields) => void records.push({ type, ...fields }),
    alivenessCheckMs: 20,
    unhealthyLimitMs: 60_000,
    now,
  });
  running.push(worker);
  const run = (index: number): Promise<Held> =>
    vi.waitFor(
      () => {
        const found = held[index];
        if (found === undefined) throw new Error(`run ${index} has not begun`);
        return found;
      },
      { timeout: 20_000, interval: 2 },
    );
  return { queue, worker, records, purged, held, run };
}

const ALL_DEVICES = { loopbackVideo: true, loopbackAudio: true, hostSharedMemory: true, kvm: true };

/** A machine's folder of devices with one file. */
async function folderWith(name: string): Promise<string> {
  const made = await mkdtemp(join(folder, 'dev-'));
  await writeFile(join(made, name), '');
  return made;
}

const until = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 20_000, interval: 2 });
const reportsOf = ({ queue }: Started) => queue.reports.map(({ resolution }) => resolution);

describe('claims and runs', () => {
  it('runs as many tasks at once as it has slots, and the next one as soon as one is free', async () => {
    const started = await start({ settings: { capacity: 2 } });
    for (let i = 0; i < 3; i += 1) started.queue.add();
    await started.run(1);
    expect(started.held).toHaveLength(2);
    started.held[0]?.end({ type: 'completed' });
    (await started.run(2)).end({ type: 'failed' });
    started.held[1]?.end({ type: 'exception', reason: 'malformed-payload' });
    await until(() => expect(started.queue.reports).toHaveLength(3));
    expect(reportsOf(started).toSorted()).toEqual(['completed', 'failed', 'malformed-payload']);
  });

  it('claims for all free slots with one call', async () => {
    const started = await start({ settings: { capacity: 5 } });
    started.queue.add();
    await started.run(0);
    await until(() => expect(started.queue.callsOf('claimWork')).toHaveLength(2));
    const asked = started.queue.callsOf('claimWork').map(({ args }) => (args[1] as { tasks: number }).tasks);
    expect(asked).toEqual([5, 4]);
  });

  it('gives each run a folder of its own, which is gone after it', async () => {
    const started = await start();
    started.queue.add();
    const { task, end } = await started.run(0);
    expect(await readdir(task.folder)).not.toEqual(undefined);
    end({ type: 'completed' });
    await until(() => expect(started.queue.reports).toHaveLength(1));
    await expect(readdir(task.folder)).rejects.toThrow('ENOENT');
  });

  it('gives each of as many tasks as there are cores one of them, and gives them back', async () => {
    const started = await start({ settings: { restrictCpu: true, capacity: 1 } });
    const { capacity } = started.worker;
    for (let i = 0; i < capacity + 1; i += 1) started.queue.add();
    await started.run(capacity - 1);
    const cores = started.held.map(({ task }) => task.cpuset);
    expect(new Set(cores).size).toBe(capacity);
    started.held[0]?.end({ type: 'completed' });
    expect((await started.run(capacity)).task.cpuset).toBe(cores[0]);
  });

  it('claims no more tasks than it has devices, until one comes back', async () => {
    const pool = createDevicePool({ enabled: ALL_DEVICES, folder: await folderWith('video0') });
    const started = await start({ settings: { capacity: 5 }, devices: pool });
    for (let i = 0; i < 2; i += 1) started.queue.add();
    const { end } = await started.run(0);
    await until(() => expect(started.records.filter(({ type }) => type === 'run task')).toHaveLength(1));
    expect(pool.free()).toBe(0);
    expect(started.held).toHaveLength(1);
    end({ type: 'completed' });
    (await started.run(1)).end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed', 'completed']));
    await until(() => expect(pool.free()).toBe(1));
    const asked = started.queue.callsOf('claimWork').map(({ args }) => (args[1] as { tasks: number }).tasks);
    expect(new Set(asked)).toEqual(new Set([1]));
  });

  it('runs a task with what the roles of its scopes bring in, and with its own scopes where nobody knows roles', async () => {
    const started = await start();
    started.queue.roles.set('assume:builder', ['docker-worker:cache:build']);
    started.queue.add({ scopes: ['assume:builder'] });
    const first = await started.run(0);
    expect(first.task.scopes).toEqual(['assume:builder', 'docker-worker:cache:build']);
    first.end({ type: 'completed' });
    started.queue.failNext('expandScopes', new QueueClientError('no such service', { status: 404 }));
    started.queue.add({ scopes: ['assume:builder'] });
    expect((await started.run(1)).task.scopes).toEqual(['assume:builder']);
    expect(started.records).toContainEqual(expect.objectContaining({ type: 'scopes not expanded' }));
  });

  it('reports trouble of its own as internal-error', async () => {
    const started = await start({ before: (queue) => queue.failNext('expandScopes', new Error('gone')) });
    started.queue.add({ scopes: ['assume:role'] });
    await until(() => expect(reportsOf(started)).toEqual(['internal-error']));
  });

  it('gives a run back that the queue keeps from beginning because it is away', async () => {
    const away = new QueueClientError('no answer');
    const started = await start({ before: (queue) => queue.failNext('expandScopes', away) });
    started.queue.add({ scopes: ['assume:role'] });
    await until(() => expect(reportsOf(started)).toEqual(['worker-shutdown']));
  });

  it('looks at its engine before it gives a run back, and claims nothing while that is gone', async () => {
    const started = await start({ settings: { capacity: 2 } });
    started.queue.add();
    const { end } = await started.run(0);
    await until(() => expect(started.queue.callsOf('claimWork')).toHaveLength(2));
    engine.faults.next('ping', { kind: 'error', code: 'UNREACHABLE', message: 'gone' });
    end({ type: 'exception', reason: 'worker-shutdown' });
    await until(() => expect(reportsOf(started)).toEqual(['worker-shutdown']));
    const told = started.records.map(({ type }) => type);
    expect(told.indexOf('[alert-operator] engine trouble')).toBeGreaterThan(0);
    expect(told.indexOf('[alert-operator] engine trouble')).toBeLessThan(told.indexOf('task resolved'));
  });

  it('reports again what could not be reported', async () => {
    const started = await start();
    started.queue.failNext('reportCompleted', new QueueClientError('away', { status: 502 }));
    started.queue.add();
    (await started.run(0)).end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
    expect(started.queue.callsOf('reportCompleted')).toHaveLength(2);
  });

  it('claims again, after a pause, when the queue was away', async () => {
    const away = new QueueClientError('away');
    const started = await start({ before: (queue) => queue.failNext('claimWork', away, 2) });
    started.queue.add();
    (await started.run(0)).end({ type: 'completed' });
    const troubles = started.records.filter(({ type }) => type.includes('task retrieval error'));
    expect(troubles).toHaveLength(2);
  });

  it('ends when its first claim is refused', async () => {
    const refusal = new QueueClientError('no such client', { status: 401, code: 'AuthenticationFailed' });
    const started = await start({ before: (queue) => queue.failNext('claimWork', refusal) });
    await expect(started.worker.ended).rejects.toThrow('no such client');
  });

  it('gives signs of life', async () => {
    const started = await start();
    const signs = (): unknown[] => started.records.filter(({ type }) => type === 'aliveness check');
    await until(() => expect(signs().length).toBeGreaterThan(1));
    expect(signs()[0]).toMatchObject({ interval: 20, uptime: expect.any(Number) });
  });
});

/** Soon and often, long before their end: a busy machine may pause a process for a while. */
const RENEWING = { queue: { claimMs: 20_000 }, settings: { reclaimDivisor: 60 } } as const;

describe('claims that are renewed', () => {
  it('renews a claim at a part of its time, and signs with the newest credentials from then on', async () => {
    const started = await start(RENEWING);
    const told: string[] = [];
    started.queue.add();
    const { task, end } = await started.run(0);
    using _listening = task.onCredentials(({ accessToken }) => void told.push(accessToken));
    await until(() => expect(told.length).toBeGreaterThan(1));
    end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
    const newest = started.queue.callsOf('reportCompleted')[0]?.credentials?.accessToken;
    expect(newest).toBe(told.at(-1));
  });

  it('renews nothing after a run has ended', async () => {
    const started = await start(RENEWING);
    started.queue.add();
    (await started.run(0)).end({ type: 'completed' });
    started.queue.add();
    await started.run(1);
    await until(() => expect(started.queue.callsOf('reclaimTask').length).toBeGreaterThan(2));
    const [first, ...others] = started.queue.callsOf('reclaimTask').map(({ args }) => args[0]);
    expect(others.every((taskId) => taskId === first)).toBe(true);
  });

  it('tries again what did not work while the claim holds', async () => {
    const started = await start({ queue: { claimMs: 3_000 } });
    started.queue.failNext('reclaimTask', new QueueClientError('away', { status: 503 }));
    started.queue.add();
    const { end } = await started.run(0);
    await until(() => expect(started.records.some(({ type }) => type === 'reclaimed task')).toBe(true));
    end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
  });

  it('gives a run back when its claim cannot be renewed in time', async () => {
    const started = await start({ queue: { claimMs: 3_000 } });
    started.queue.failNext('reclaimTask', new QueueClientError('away'), 100);
    started.queue.add();
    await until(() => expect(reportsOf(started)).toEqual(['worker-shutdown']));
  });

  it('ends a run as internal-error when the server refuses to renew its claim', async () => {
    const started = await start(RENEWING);
    started.queue.failNext('reclaimTask', new QueueClientError('who?', { status: 401 }));
    started.queue.add();
    await until(() => expect(reportsOf(started)).toEqual(['internal-error']));
  });

  it('takes a conflict for a cancelation, reports nothing and goes on with the next task', async () => {
    const started = await start({ ...RENEWING, queue: { ...RENEWING.queue, isSlipway: false } });
    const taskId = started.queue.add({ retries: 0 });
    const { task } = await started.run(0);
    await started.queue.cancelTask(taskId);
    await until(() => expect(task.signal.reason).toMatchObject({ reason: 'canceled' }));
    started.queue.add();
    (await started.run(1)).end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
  });

  it.each([true, false])(
    'ends a run that the queue ended at its deadline, and reports nothing; the queue is Slipway: %s',
    async (isSlipway) => {
      const started = await start({ ...RENEWING, queue: { ...RENEWING.queue, isSlipway } });
      const taskId = started.queue.add({ retries: 0 });
      const { task } = await started.run(0);
      started.queue.endRun(taskId, 'deadline-exceeded');
      await until(() => expect(task.signal.reason).toMatchObject({ reason: 'canceled' }));
      started.queue.add();
      (await started.run(1)).end({ type: 'completed' });
      await until(() => expect(reportsOf(started)).toEqual(['completed']));
    },
  );

  it('ends a run and reports nothing when it wakes up after its claim', async () => {
    let ahead = 0;
    const started = await start({ now: () => Date.now() + ahead, queue: { now: Date.now } });
    started.queue.add();
    const { task } = await started.run(0);
    ahead = 3_600_000;
    await until(() => expect(task.signal.reason).toMatchObject({ reason: 'canceled' }));
    expect(started.records).toContainEqual(expect.objectContaining({ why: 'the claim has lapsed' }));
    expect(started.queue.reports).toEqual([]);
  });

  it.each([-60_000, 60_000])('keeps claims with a clock that is %i ms off', async (off) => {
    const started = await start({
      ...RENEWING,
      now: () => Date.now() + off,
      queue: { ...RENEWING.queue, now: Date.now },
    });
    started.queue.add();
    const { task, end } = await started.run(0);
    await until(() => expect(started.queue.callsOf('reclaimTask').length).toBeGreaterThan(2));
    expect(task.signal.aborted).toBe(false);
    end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
  });
});

describe('cancelations', () => {
  it('knows at once that a task was canceled', async () => {
    const started = await start();
    const taskId = started.queue.add();
    const { task } = await started.run(0);
    await started.queue.cancelTask(taskId);
    await until(() => expect(task.signal.reason).toMatchObject({ reason: 'canceled' }));
    expect(started.queue.callsOf('reclaimTask')).toEqual([]);
    expect(started.queue.reports).toEqual([]);
  });
});

describe('purge requests', () => {
  const cached = { payload: { cache: { build: '/c' } } };

  it('are looked at before a task with caches is started, each time from five minutes before the last', async () => {
    const started = await start({ hasCaches: true });
    started.queue.purges.push({ cacheName: 'build', before: new Date().toISOString() });
    started.queue.add(cached);
    (await started.run(0)).end({ type: 'completed' });
    expect(started.purged).toEqual(['build']);
    started.queue.add(cached);
    await started.run(1);
    const [first, second] = started.queue.callsOf('purgeRequests').map(({ args }) => args[1]);
    expect(first).toBeUndefined();
    expect(Date.now() - Number(second)).toBeGreaterThanOrEqual(300_000);
  });

  it('are not asked for where there is no cache, or no task uses one', async () => {
    const started = await start();
    started.queue.add(cached);
    await started.run(0);
    started.worker.stop({ kind: 'immediate', reason: 'requested' });
    await started.worker.ended;
    const other = await start({ hasCaches: true });
    other.queue.add();
    await other.run(0);
    const calls = [...started.queue.callsOf('purgeRequests'), ...other.queue.callsOf('purgeRequests')];
    expect(calls).toEqual([]);
  });

  it('keep no task from running when they cannot be had', async () => {
    const started = await start({ hasCaches: true });
    started.queue.failNext('purgeRequests', new QueueClientError('away'));
    started.queue.add(cached);
    await started.run(0);
    expect(started.records).toContainEqual(expect.objectContaining({ type: 'purge requests error' }));
  });
});

describe('stops', () => {
  it('aborts what runs and reports it, where it is to stop at once', async () => {
    const started = await start();
    started.queue.add();
    await started.run(0);
    started.worker.stop({ kind: 'immediate', reason: 'signal' });
    expect(await started.worker.ended).toEqual({ kind: 'immediate', reason: 'signal' });
    expect(reportsOf(started)).toEqual(['worker-shutdown']);
  });

  it('gives back what was on its way when it was told to stop at once', async () => {
    const started = await start({ settings: { capacity: 2 } });
    await until(() => expect(started.queue.callsOf('claimWork')).toHaveLength(1));
    started.queue.add();
    await started.run(0);
    const late = started.queue.holdNext('claimWork');
    started.held[0]?.end({ type: 'completed' });
    await until(() => expect(started.queue.callsOf('claimWork').length).toBeGreaterThan(1));
    started.queue.add();
    await late.reached.catch(() => undefined);
    started.worker.stop({ kind: 'immediate', reason: 'signal' });
    late.release();
    await started.worker.ended;
    expect(started.held.length).toBeLessThanOrEqual(2);
    expect(reportsOf(started)).toEqual(['completed', 'worker-shutdown']);
  });

  it('runs what its last claim took, where the answer was lost and it stops', async () => {
    const away = new QueueClientError('no answer');
    const started = await start({ before: (queue) => queue.failNext('claimWork', away) });
    const { queue } = started;
    await until(() => expect(queue.callsOf('claimWork')).toHaveLength(1));
    const taskId = queue.add(); // as if that had taken it
    started.worker.stop({ kind: 'graceful', reason: 'requested' });
    const { task, end } = await started.run(0);
    expect(task.taskId).toBe(taskId);
    end({ type: 'completed' });
    await started.worker.ended;
    expect(queue.callsOf('claimWork')).toHaveLength(2);
    expect(reportsOf(started)).toEqual(['completed']);
  });

  it('lets what runs end, where it is to stop gracefully, and claims nothing more', async () => {
    const started = await start();
    started.queue.add();
    const { task, end } = await started.run(0);
    started.worker.stop({ kind: 'graceful', reason: 'requested' });
    started.queue.add();
    expect(task.signal.aborted).toBe(false);
    end({ type: 'completed' });
    await started.worker.ended;
    expect(reportsOf(started)).toEqual(['completed']);
    expect(started.held).toHaveLength(1);
  });

  it('stops when it has run as many tasks as it is to run, and claims no more of them', async () => {
    const started = await start({ settings: { capacity: 4, maxTasks: 2 } });
    for (let i = 0; i < 3; i += 1) started.queue.add();
    await started.run(1);
    for (const { end } of started.held) end({ type: 'completed' });
    expect(await started.worker.ended).toEqual({ kind: 'graceful', reason: 'max-tasks' });
    expect(reportsOf(started)).toEqual(['completed', 'completed']);
    expect(started.held).toHaveLength(2);
  });

  it('turns a graceful stop into an immediate one, and never back', async () => {
    const started = await start();
    started.queue.add();
    await started.run(0);
    started.worker.stop({ kind: 'graceful', reason: 'requested' });
    started.worker.stop({ kind: 'immediate', reason: 'signal' });
    started.worker.stop({ kind: 'graceful', reason: 'requested' });
    expect(await started.worker.ended).toEqual({ kind: 'immediate', reason: 'signal' });
  });

  it('stays when it is idle, where nobody said that it is to stop', async () => {
    const started = await start({ settings: { shutdown: { enabled: false, afterIdleSeconds: 0.01 } } });
    await until(() =>
      expect(started.records.filter(({ type }) => type === 'aliveness check').length).toBeGreaterThan(10),
    );
    started.queue.add();
    (await started.run(0)).end({ type: 'completed' });
    await until(() => expect(reportsOf(started)).toEqual(['completed']));
    expect(started.records.map(({ type }) => type)).not.toContain('shutdown');
  });

  it('stops when it was idle for long enough, without ever having worked', async () => {
    const started = await start({ settings: { shutdown: { enabled: true, afterIdleSeconds: 0.05 } } });
    expect(await started.worker.ended).toEqual({ kind: 'graceful', reason: 'idle' });
  });

  it('stops when it was idle for long enough after a task, and not while one runs', async () => {
    const shutdown = { enabled: true, afterIdleSeconds: 0.3 };
    const started = await start({ settings: { shutdown }, before: (queue) => void queue.add() });
    const { end } = await started.run(0);
    await until(() =>
      expect(started.records.filter(({ type }) => type === 'aliveness check').length).toBeGreaterThan(25),
    );
    expect(started.worker.running).toBe(1);
    end({ type: 'completed' });
    expect(await started.worker.ended).toEqual({ kind: 'graceful', reason: 'idle' });
  });

  it('runs what was on its way when the idle time ended', async () => {
    const shutdown = { enabled: true, afterIdleSeconds: 0.1 };
    const queue = { late: undefined as ReturnType<FakeQueue['holdNext']> | undefined };
    const started = await start({
      settings: { shutdown },
      before: (fake) => {
        queue.late = fake.holdNext('claimWork');
      },
    });
    started.queue.add();
    await until(() =>
      expect(started.records.filter(({ type }) => type === 'aliveness check').length).toBeGreaterThan(10),
    );
    queue.late?.release();
    (await started.run(0)).end({ type: 'completed' });
    expect(await started.worker.ended).toEqual({ kind: 'graceful', reason: 'idle' });
    expect(reportsOf(started)).toEqual(['completed']);
  });

  it('gives back at its start what a process before it had, and runs whatever becomes of that', async () => {
    const { host, process } = currentOwner();
    const dead = ownerFolder({ host, process: process.replace(/\d+$/, '1') });
    const lost = { taskId: newTaskId(), runId: 3 };
    await mkdir(join(folder, 'slipway-worker/runs', dead, runFolder(lost)), { recursive: true });
    const started = await start({ before: (queue) => queue.failNext('loseRuns', new Error('gone')) });
    started.queue.add();
    await started.run(0);
    const { taskQueueId, workerGroup, workerId } = TEST_IDENTITY;
    await vi.waitFor(
      () =>
        expect(started.queue.calls).toContainEqual(
          expect.objectContaining({
            method: 'loseRuns',
            args: [{ taskQueueId, workerGroup, workerId }, [lost]],
          }),
        ),
      { timeout: 20_000 },
    );
    // A server that is away is told when it is back.
    await until(() => expect(started.queue.callsOf('loseRuns')).toHaveLength(2));
    await until(async () => expect(await marked()).not.toContain(runFolder(lost)));
  });

  /** Runs that the process notes on the disk. */
  const marked = async (): Promise<string[]> => {
    const owner = ownerFolder(currentOwner());
    return await readdir(join(folder, 'slipway-worker/runs', owner)).catch(() => []);
  };

  it('notes a run on the disk until the queue knows how it ended', async () => {
    const started = await start();
    const report = started.queue.holdNext('reportCompleted');
    const asking = started.queue.holdNext('expandScopes');
    const taskId = started.queue.add({ scopes: ['a'] });
    await asking.reached;
    expect(await marked()).toEqual([runFolder({ taskId, runId: 0 })]);
    asking.release();
    (await started.run(0)).end({ type: 'completed' });
    await report.reached;
    expect(await marked()).toEqual([runFolder({ taskId, runId: 0 })]);
    report.release();
    await until(async () => expect(await marked()).toEqual([]));
  });

  it('leaves the notes of runs that it could not speak of to the process after it', async () => {
    const { host, process } = currentOwner();
    const dead = ownerFolder({ host, process: process.replace(/\d+$/, '1') });
    const lost = { taskId: newTaskId(), runId: 3 };
    await mkdir(join(folder, 'slipway-worker/runs', dead, runFolder(lost)), { recursive: true });
    const away = new QueueClientError('away');
    const before = (queue: FakeQueue): void => {
      queue.failNext('loseRuns', away, 1000);
      queue.failNext('reportException', away, 1000);
    };
    const started = await start({ before });
    const taskId = started.queue.add();
    await started.run(0);
    await until(() => expect(started.queue.callsOf('loseRuns').length).toBeGreaterThan(0));
    started.worker.stop({ kind: 'immediate', reason: 'signal' });
    await started.worker.ended;
    const left = [lost, { taskId, runId: 0 }].map(runFolder);
    expect(new Set(await marked())).toEqual(new Set(left));
  });

  it('leaves no network and no folder behind', async () => {
    const started = await start();
    started.queue.add();
    const { task } = await started.run(0);
    expect(await engine.inspectNetwork(task.network.name)).toBeDefined();
    started.worker.stop({ kind: 'immediate', reason: 'signal' });
    await started.worker.ended;
    expect(await engine.inspectNetwork(task.network.name)).toBeUndefined();
    expect(await readdir(join(folder, 'slipway-worker/runs'))).toEqual([]);
  });
});

it('a worker without a slot says that it claims nothing', async () => {
  const { records } = await start({ settings: { capacity: 0 } });
  expect(records).toContainEqual(
    expect.objectContaining({ type: '[alert-operator] nothing is claimed', why: 'its capacity is 0' }),
  );
});

describe('a worker whose live logs are to be secure', () => {
  it('claims nothing while its certificate is missing', async () => {
    const ownSockets = {
      secureLiveLog: true,
      secureInteractive: true,
      tls: { certificateFile: join(folder, 'missing.crt'), keyFile: join(folder, 'missing.key') },
    };
    const { worker, records, queue } = await start({ settings: { ownSockets } });
    expect(worker.capacity).toBe(0);
    const why = expect.stringContaining('missing.crt, which cannot be read: no such file or directory');
    expect(records).toContainEqual(
      expect.objectContaining({ type: '[alert-operator] nothing is claimed', why }),
    );
    queue.add();
    worker.stop({ kind: 'graceful', reason: 'requested' });
    await worker.ended;
    expect(queue.callsOf('claimWork')).toEqual([]);
  });
});
