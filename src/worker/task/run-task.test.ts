import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import type { ContainerSpec } from '../../engine/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import type { TaskPayload } from '../payload/index.ts';
import { testSettings } from '../testing/settings.ts';
import { createTaskRig, type TaskRig, type TaskRigOptions } from '../testing/task-context.ts';
import { environmentOf } from './container-spec.ts';
import { type Feature, TaskFailure } from './feature.ts';

const IMAGE = 'localhost/slipway-busybox:1';

let engine: FakeEngine;
let rig: TaskRig;

beforeAll(async () => {
  engine = await createFakeEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const openRig = (options: Partial<TaskRigOptions> = {}): Promise<TaskRig> =>
  createTaskRig({ engine, network: { name: 'test-net', gateway: '127.0.0.1' }, ...options });

beforeAll(async () => {
  await engine.createNetwork({ name: 'test-net', labels: {} });
});

const shell = (script: string, more = {}) => ({
  image: IMAGE,
  maxRunTime: 60,
  command: ['sh', '-c', script],
  ...more,
});

/** Without its times. */
const plain = (log: string): string =>
  log
    .replaceAll(/\[taskcluster \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z\]/g, '[taskcluster T]')
    .replace(/completed in [\d.]+ seconds/, 'completed in S seconds');

function lastSpec(): ContainerSpec {
  const call = engine.calls.findLast(({ method }) => method === 'createContainer');
  if (call === undefined) throw new Error('no container was made');
  return call.arguments[0] as ContainerSpec; // what createContainer is given
}

describe('a run', () => {
  it('has a log with a header, what the task printed as a terminal has it, and a trailer', async () => {
    const { resolution, log, taskId } = await rig.run(
      shell('echo hi; echo err >&2', { cache: { 'build-s': '/c' } }),
      {
        scopes: ['docker-worker:cache:build-s'],
      },
    );
    expect(resolution).toEqual({ type: 'completed' });
    expect(plain(log)).toBe(
      [
        `[taskcluster T] Task ID: ${taskId}\n`,
        '[taskcluster T] Worker ID: one\n',
        '[taskcluster T] Worker Group: group\n',
        '[taskcluster T] Worker Node Type: test-worker\n',
        '[taskcluster T] Worker Pool: test/worker\n',
        '[taskcluster T] Worker Version: 1.2.3\n',
        '[taskcluster T] Public IP: 127.0.0.1\n',
        '[taskcluster T] Hostname: host\n',
        '[taskcluster T] using cache "build-s" -> /c\n',
        '\r\n',
        `${IMAGE} exists in the cache.\n`,
        '[taskcluster T] === Task Starting ===\n',
        'hi\r\nerr\r\n',
        '[taskcluster T] === Task Finished ===\n',
        '[taskcluster T] Successful task run with exit code: 0 completed in S seconds\n',
      ].join(''),
    );
  });

  it.each([
    ['a task that fails fails', 'exit 3', {}, { type: 'failed' }, 3],
    [
      'an exit code that may pass is an exception',
      'exit 4',
      { onExitStatus: { retry: [4] } },
      { type: 'exception', reason: 'intermittent-task' },
      4,
    ],
    ['another one is not', 'exit 5', { onExitStatus: { retry: [4] } }, { type: 'failed' }, 5],
    ['success is success', 'exit 0', { onExitStatus: { retry: [0] } }, { type: 'completed' }, 0],
    ['a shell that is killed says so', `sh -c 'kill -9 $$'; exit $?`, {}, { type: 'failed' }, 137],
  ])('%s', async (_what, script, more, resolution, exitCode) => {
    const run = await rig.run(shell(script, more));
    expect(run.resolution).toEqual(resolution);
    const how = exitCode === 0 ? 'Successful' : 'Unsuccessful';
    expect(plain(run.log)).toContain(`${how} task run with exit code: ${exitCode} completed in S seconds\n`);
  });

  it('gives the task its variables, and those that it cannot change', async () => {
    const env = { MINE: 'a b', TASK_ID: 'no', TASKCLUSTER_WORKER_TYPE: 'no' };
    const { log, taskId, task } = await rig.run(shell('env; exec sleep 0', { env }));
    const variables = new Map(
      log.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(Object.fromEntries(variables)).toMatchObject({
      MINE: 'a b',
      TASK_ID: taskId,
      RUN_ID: '0',
      TASK_GROUP_ID: task.claim.task.taskGroupId,
      TASKCLUSTER_ROOT_URL: 'http://queue.test',
      TASKCLUSTER_WORKER_POOL: 'test/worker',
      TASKCLUSTER_WORKER_TYPE: 'worker',
      TASKCLUSTER_WORKER_GROUP: 'group',
      TASKCLUSTER_INSTANCE_TYPE: 'test-worker',
      TASKCLUSTER_PUBLIC_IP: '127.0.0.1',
    });
    expect(variables.has('TASKCLUSTER_WORKER_LOCATION')).toBe(false);
  });

  it('asks the engine for the container that tasks are used to', async () => {
    const limited = await openRig({ settings: { pidsLimit: 77, memoryBytes: 2 ** 30 } });
    await limited.run(shell('true'), { cpuset: '1' });
    expect(lastSpec()).toMatchObject({
      command: ['sh', '-c', 'true'],
      tty: true,
      keepLog: false,
      shmSizeBytes: 1_800_000_000,
      extraHosts: ['localhost.localdomain:127.0.0.1'],
      network: { name: 'test-net' },
      labels: { 'io.slipway.test': 'task' },
      cpuset: '1',
      pidsLimit: 77,
      memoryBytes: 2 ** 30,
      memorySwapBytes: 2 ** 30,
    });
    expect(lastSpec()).not.toHaveProperty('privileged');
    await limited[Symbol.asyncDispose]();
  });

  it('says where the worker is, where it knows', async () => {
    const { task } = await rig.run(shell('true'));
    const place = { cloud: 'aws', region: 'eu-west-1', availabilityZone: 'eu-west-1b' };
    const there = { ...task, identity: { ...task.identity, ...place } };
    const variables = environmentOf(there, {
      payload: { ...task.findings.payload, env: {} } as TaskPayload,
      additions: [],
    });
    expect(variables).toContain(`TASKCLUSTER_WORKER_LOCATION=${JSON.stringify(place)}`);
  });

  it('asks the engine for what features and capabilities add', async () => {
    const additions = {
      privileged: true,
      devices: ['/dev/video3', '/dev/snd/controlC0'],
      mounts: [{ source: '/dev/shm', target: '/dev/shm', readOnly: false }],
      capabilitiesAdded: ['SYS_PTRACE'],
      securityOptions: ['seccomp=unconfined'],
      extraHosts: ['taskcluster:10.0.0.1'],
    };
    const adding: Feature = {
      name: 'adding',
      default: true,
      start: () => ({ name: 'adding', link: async () => additions }),
    };
    const other = await openRig({ features: [adding] });
    await other.run(shell('true'));
    const { extraHosts, ...others } = additions;
    expect(lastSpec()).toMatchObject(others);
    expect(lastSpec().extraHosts).toEqual(['localhost.localdomain:127.0.0.1', ...extraHosts]);
    await other[Symbol.asyncDispose]();
  });

  it('takes its container away, and keeps nothing on the engine', async () => {
    await rig.run(shell('true'));
    expect(await engine.listContainers({ label: 'io.slipway.test' })).toEqual([]);
  });

  it('runs a pipeline in the place of an image, with its variables, and ends with its exit code', async () => {
    const runPipeline = vi.fn(async (task, { environment }) => {
      await task.log.write(Buffer.from(`pipeline of ${environment['RUN_ID']} ${environment['A']}\r\n`));
      return { exitCode: 6 };
    });
    const other = await openRig({ runPipeline });
    const { resolution, log } = await other.run({
      pipeline: { name: 'build' },
      maxRunTime: 5,
      env: { A: 'b' },
    });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('pipeline of 0 b\r\n');
    expect(plain(log)).toContain('Unsuccessful task run with exit code: 6 completed in S seconds');
    await other[Symbol.asyncDispose]();
  });
});

describe('a run that cannot begin', () => {
  it('is an exception where its payload is wrong, and says all that is', async () => {
    const { resolution, log } = await rig.run({
      image: IMAGE,
      maxRunTime: 'x',
      onExitStatus: { retry: ['y'] },
    });
    expect(resolution).toEqual({ type: 'exception', reason: 'malformed-payload' });
    expect(log).toContain('\n[taskcluster:error] `task.payload` format is invalid json schema errors:\n[');
    expect(log).toContain('"path": "maxRunTime"');
    expect(log).toContain('"path": "onExitStatus.retry[0]"');
    expect(plain(log)).toMatch(/Unsuccessful task run with exit code: -1 completed in S seconds\n$/);
  });

  it('fails where its image is not there', async () => {
    const { resolution, log } = await rig.run({ ...shell('true'), image: 'registry.test/nothing:1' });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('\n[taskcluster:error] Pulling docker image has failed.\n');
    expect(log).toContain('\n[taskcluster:error] Error: ');
    expect(log).not.toContain('Task Starting');
  });

  it('fails where its command is not there, with its declared artifacts as missing', async () => {
    const artifacts = { 'public/a': { type: 'file', path: '/a' } };
    const { resolution, log, taskId } = await rig.run({
      ...shell(''),
      command: ['slipway-no-such-program'],
      artifacts,
    });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('\n[taskcluster:error] Failure to properly start execution environment.\n');
    expect(log).toMatch(/\[taskcluster:error\] .*slipway-no-such-program/);
    expect(rig.queue.artifacts.get(`${taskId}/0/public/a`)).toMatchObject({
      reason: 'file-missing-on-worker',
    });
  });

  it('fails where there is no command at all, which no engine takes', async () => {
    const bare = await createFakeEngine({ images: { 'localhost/bare:1': { command: [] } } });
    const other = await openRig({ engine: bare, network: { name: 'n', gateway: '127.0.0.1' } });
    await bare.createNetwork({ name: 'n', labels: {} });
    const { resolution, log } = await other.run({ image: 'localhost/bare:1', maxRunTime: 5 });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('Failure to properly start execution environment.');
    await other[Symbol.asyncDispose]();
    await bare[Symbol.asyncDispose]();
  });

  it.each([
    ['without the scope for its cache', { build: '/b' }, [], 'Insufficient scopes to attach cache volumes.'],
    [
      'with a scope that is one character short',
      { build: '/b' },
      ['docker-worker:cache:buil'],
      'Insufficient scopes',
    ],
    [
      'with the scope for another pool',
      { build: '/b' },
      ['docker-worker:cache:build:test/other'],
      'Insufficient scopes',
    ],
    ['with a cache that has two colons', { 'a::b': '/b' }, ['*'], 'has "::"'],
  ])('fails %s', async (_what, cache, scopes, reason) => {
    const { resolution, log } = await rig.run(shell('true', { cache }), { scopes });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Docker configuration could not be created.');
    expect(log).toContain(reason);
    expect(await readdir(join(rig.folder, 'caches'))).toEqual([]);
  });

  it('fails with what a feature says, or is an exception where the feature says that', async () => {
    const refusing = (failure: Error): Feature => ({
      name: 'refusing',
      default: true,
      start: () => ({ name: 'refusing', link: () => Promise.reject(failure) }),
    });
    const first = await openRig({ features: [refusing(new TaskFailure('no, you may not'))] });
    const said = await first.run(shell('true'));
    expect(said.resolution).toEqual({ type: 'failed' });
    expect(said.log).toContain('[taskcluster:error] no, you may not\n');
    const second = await openRig({ features: [refusing(new Error('the worker is broken'))] });
    const broken = await second.run(shell('true'));
    expect(broken.resolution).toEqual({ type: 'exception', reason: 'internal-error' });
    expect(broken.log).toContain('Task was aborted because states could not be created successfully.');
    await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
  });

  it('fails when setting it up takes too long', async () => {
    const slow: Feature = {
      name: 'slow',
      default: true,
      start: () => ({ name: 'slow', link: () => new Promise(() => {}) }),
    };
    const other = await openRig({ features: [slow], settings: { setupTimeoutMs: 50 } });
    const { resolution, log } = await other.run(shell('true'));
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Setting the task up took longer than');
    await other[Symbol.asyncDispose]();
  });
});

describe('a run that does not end by itself', () => {
  it('is killed after its time, without its artifacts, with what it printed', async () => {
    const payload = shell('trap "" TERM; echo before; touch /a; while :; do sleep 1; done', {
      maxRunTime: 1,
      artifacts: { 'public/a': { type: 'file', path: '/a' } },
    });
    const { resolution, log } = await rig.run(payload);
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('before\r\n');
    expect(log).toContain('\n[taskcluster:error] Task timeout after 1 seconds. Force killing container.\n');
    expect(plain(log)).toMatch(/=== Task Finished ===\n.*exit code: -1 completed in S seconds\n$/);
    expect(rig.queue.artifacts.size).toBe(0);
    expect(await engine.listContainers({ label: 'io.slipway.test' })).toEqual([]);
  });

  it.each([
    [
      'worker-shutdown',
      { type: 'exception', reason: 'worker-shutdown' },
      'Task has been aborted prematurely. Reason: worker-shutdown',
    ],
    [
      'internal-error',
      { type: 'exception', reason: 'internal-error' },
      'Task has been aborted prematurely. Reason: internal-error',
    ],
    ['canceled', { type: 'none' }, 'Task was canceled by another entity.'],
  ] as const)('is killed at once when it is aborted: %s', async (reason, resolution, line) => {
    const run = await rig.run(
      shell('echo ready; exec sleep 3600', { artifacts: { a: { type: 'file', path: '/etc' } } }),
      {
        async onStart({ task, abort }) {
          for await (const piece of task.log.read({ follow: true })) {
            if (Buffer.from(piece).includes('ready')) return abort(reason);
          }
        },
      },
    );
    expect(run.resolution).toEqual(resolution);
    expect(run.log).toContain(`\n[taskcluster:error] ${line}\n`);
    expect(run.log.indexOf(line)).toBeLessThan(run.log.indexOf('=== Task Finished ==='));
    expect(rig.queue.artifacts.size).toBe(0);
  });

  it('is not begun when it was aborted before', async () => {
    const { resolution, log } = await rig.run(shell('echo never'), {
      onStart: ({ abort }) => abort('worker-shutdown'),
    });
    expect(resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
    expect(log).not.toContain('never');
  });

  it('waits for no image when it is aborted', async () => {
    const { struck } = engine.faults.next('pullImage', { kind: 'stall' });
    const { resolution } = await rig.run(
      { ...shell('true'), image: 'registry.test/slow:1' },
      { onStart: ({ abort }) => void struck.then(() => abort('worker-shutdown')) },
    );
    expect(resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
  });

  it('waits for an image as long as setting up may take', async () => {
    const other = await openRig({ settings: { setupTimeoutMs: 100 } });
    engine.faults.next('pullImage', { kind: 'stall' });
    const { resolution, log } = await other.run({ ...shell('true'), image: 'registry.test/slow:1' });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Setting the task up took longer than');
    await other[Symbol.asyncDispose]();
  });
});

describe('the engine', () => {
  it('that goes away is an exception, not the failure of the task', async () => {
    engine.faults.next('waitContainer', { kind: 'error', code: 'UNREACHABLE' });
    const first = await rig.run(shell('exec sleep 3600'));
    expect(first.resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
    engine.faults.next('createContainer', { kind: 'lost' });
    const second = await rig.run(shell('true'));
    expect(second.resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
    expect(await engine.listContainers({ label: 'io.slipway.test' })).toEqual([]);
  });

  it('that is away while the task is set up gives it to another try', async () => {
    const other = await openRig();
    const { maxAttempts } = testSettings('/').image;
    for (let n = 0; n < maxAttempts; n += 1)
      engine.faults.next('pullImage', { kind: 'error', code: 'UNREACHABLE' });
    const { resolution, log } = await other.run({ ...shell('true'), image: 'registry.test/away:1' });
    expect(resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
    expect(log).toContain('[taskcluster:error] Pulling docker image has failed.');
    await other[Symbol.asyncDispose]();
  });

  it.each(['pullImage', 'createContainer'] as const)(
    'whose disk is full (%s) lacks something, and the task has not failed',
    async (method) => {
      engine.faults.next(method, { kind: 'error', code: 'NO_SPACE', message: 'no room is left' });
      const image = method === 'pullImage' ? 'registry.test/big:1' : IMAGE;
      const { resolution, log } = await rig.run({ ...shell('true'), image });
      expect(resolution).toEqual({ type: 'exception', reason: 'resource-unavailable' });
      expect(log).toContain('no room is left');
    },
  );
});

describe('caches', () => {
  const cache = { build: '/cache' };
  const scopes = ['docker-worker:cache:build:test/worker'];

  it('go from one run to the next, also from one that failed', async () => {
    await rig.run(shell('echo kept > /cache/file; exit 1', { cache }), { scopes });
    const { log } = await rig.run(shell('cat /cache/file', { cache }), { scopes });
    expect(log).toContain('kept\r\n');
  });

  it('are several in one task, or none', async () => {
    const two = { build: '/cache', other: '/other' };
    const both = [...scopes, 'docker-worker:cache:other'];
    await rig.run(shell('echo one > /cache/file; echo two > /other/file', { cache: two }), { scopes: both });
    const { log } = await rig.run(shell('cat /other/file /cache/file', { cache: two }), { scopes: both });
    expect(log).toContain('two\r\none\r\n');
    expect((await rig.run(shell('true', { cache: {} }))).resolution).toEqual({ type: 'completed' });
  });

  it('are free again after a run that was aborted', async () => {
    const aborted = await rig.run(shell('echo kept > /cache/file; echo ready; exec sleep 3600', { cache }), {
      scopes,
      async onStart({ task, abort }) {
        for await (const piece of task.log.read({ follow: true })) {
          if (Buffer.from(piece).includes('ready')) return abort('worker-shutdown');
        }
      },
    });
    expect(aborted.resolution).toEqual({ type: 'exception', reason: 'worker-shutdown' });
    const { log } = await rig.run(shell('cat /cache/file', { cache }), { scopes });
    expect(log).toContain('kept\r\n');
    const records = rig.records.map(({ type }) => type).filter((type) => type.startsWith('cache volume'));
    expect(records).toContain('cache volume hit');
  });

  it('are purged by an exit code that the payload lists, whether or not the run is tried again', async () => {
    const onExitStatus = { purgeCaches: [7] };
    await rig.run(shell('echo kept > /cache/file; exit 7', { cache, onExitStatus }), { scopes });
    const { resolution } = await rig.run(shell('test ! -e /cache/file', { cache }), { scopes });
    expect(resolution).toEqual({ type: 'completed' });
  });
});

describe('artifacts', () => {
  it('are uploaded, also when the task failed', async () => {
    const artifacts = { 'public/a.txt': { type: 'file', path: '/a.txt' } };
    const { resolution, taskId, task } = await rig.run(shell('echo content > /a.txt; exit 1', { artifacts }));
    expect(resolution).toEqual({ type: 'failed' });
    expect(rig.artifact(taskId, 'public/a.txt')).toBe('content\n');
    expect(rig.queue.artifacts.get(`${taskId}/0/public/a.txt`)).toEqual({
      storageType: 's3',
      contentType: 'text/plain',
      expires: task.claim.task.expires,
    });
  });

  it('take no longer to be stored than they may', async () => {
    const other = await openRig({ settings: { uploadTimeoutMs: 100 } });
    other.store.fail('silence');
    const artifacts = { 'public/a.txt': { type: 'file', path: '/etc/hosts' } };
    const { resolution, log } = await other.run(shell('true', { artifacts }));
    expect(resolution).toMatchObject({ type: 'exception' });
    expect(log).toContain('[taskcluster:error] Storing what the task made took longer than');
    await other[Symbol.asyncDispose]();
  });

  it('that cannot be uploaded make the success of a task an exception', async () => {
    rig.queue.failNext('createArtifact', new QueueClientError('it is refused', { status: 400 }));
    const artifacts = { 'public/a.txt': { type: 'file', path: '/etc/hosts' } };
    const { resolution, log } = await rig.run(shell('true', { artifacts }));
    expect(resolution).toEqual({ type: 'exception', reason: 'intermittent-task' });
    expect(log).toContain('\n[taskcluster:error] Error uploading "public/a.txt" artifact. it is refused\n');
    expect(plain(log)).toContain('Unsuccessful task run with exit code: -1');
  });
});
