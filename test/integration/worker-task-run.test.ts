import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/index.ts';
import type { JsonObject } from '../../src/queue-api/index.ts';
import { createTaskRig, type RunOptions, type TaskRig } from '../../src/worker/testing/task-context.ts';
import { BUSYBOX } from '../support/rig.ts';

const NETWORK = `slipway-test-${randomUUID().slice(0, 8)}`;
const LABEL = `io.slipway.test=${NETWORK}`;
const MEBIBYTE = 1024 * 1024;

let engine: Engine;
let rig: TaskRig;

beforeAll(async () => {
  engine = await openEngine({ environment: process.env });
  await engine.createNetwork({
    name: NETWORK,
    labels: { 'io.slipway.test': NETWORK },
    options: { 'com.docker.network.bridge.enable_icc': 'false' },
  });
  rig = await createTaskRig({
    engine,
    labels: { 'io.slipway.test': NETWORK },
    network: { name: NETWORK, gateway: '127.0.0.1' },
    settings: { pidsLimit: 64, memoryBytes: 64 * MEBIBYTE, maxLogBytes: 4 * MEBIBYTE },
  });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  const left = await engine.listContainers({ label: LABEL });
  for (const { id } of left) await engine.removeContainer(id);
  expect(left).toEqual([]);
  await engine.removeNetwork(NETWORK);
  await engine[Symbol.asyncDispose]();
});

const run = (script: string, more: JsonObject = {}, options?: RunOptions) =>
  rig.run({ image: BUSYBOX, maxRunTime: 60, command: ['sh', '-c', script], ...more }, options);

describe('a task on a Docker engine', () => {
  it('runs on a terminal, with its variables, and ends with its exit code', async () => {
    const { resolution, log, taskId } = await run(
      '[ -t 1 ] && echo terminal; echo "$TASK_ID $A"; df -k /dev/shm | tail -n 1; printf "\\033[1mbold"; exit 9',
      { env: { A: 'b  c' } },
    );
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('=== Task Starting ===\nterminal\r\n');
    expect(log).toContain(`${taskId} b  c\r\n`);
    expect(log).toMatch(/shm\s+17578\d\d /);
    expect(log).toContain('\u001b[1mbold[taskcluster ');
    expect(log).toContain('Unsuccessful task run with exit code: 9 completed in ');
  });

  it('keeps what is in its cache, and gives up its artifacts, with links that lead nowhere but into it', async () => {
    const scopes = ['docker-worker:cache:build'];
    const cache = { build: '/cache' };
    await run('echo kept > /cache/file', { cache }, { scopes });
    const artifacts = {
      'public/file.txt': { type: 'file', path: '/out/file.txt' },
      'public/out': { type: 'directory', path: '/out' },
      'public/far': { type: 'file', path: '/far' },
      'public/shadow': { type: 'file', path: '/shadow' },
      'public/none': { type: 'file', path: '/none' },
      'public/wrong': { type: 'file', path: '/out' },
    };
    const script = `
      mkdir -p /out/sub; cat /cache/file > /out/file.txt; echo x > /out/sub/x.json; ln /out/file.txt /out/second.txt
      ln -s /etc/hostname /out/link; mkfifo /out/pipe; ln -s /out/file.txt /far; ln -s ../../../../../../etc/slipway-none /shadow`;
    const { taskId, resolution, log } = await run(script, { cache, artifacts }, { scopes });
    expect(resolution).toEqual({ type: 'completed' });
    const names = [...rig.queue.artifacts].filter(([key]) => key.startsWith(taskId));
    expect(
      Object.fromEntries(names.map(([key, { storageType }]) => [key.slice(taskId.length + 3), storageType])),
    ).toEqual({
      'public/file.txt': 's3',
      'public/out/file.txt': 's3',
      'public/out/second.txt': 's3',
      'public/out/sub/x.json': 's3',
      'public/far': 's3',
      'public/shadow': 'error',
      'public/none': 'error',
      'public/wrong': 'error',
    });
    for (const name of ['file.txt', 'out/file.txt', 'out/second.txt', 'far']) {
      expect(rig.artifact(taskId, `public/${name}`)).toBe('kept\n');
    }
    expect(log).toContain('Artifact "public/none" not found at "/none": ');
    expect(log).toContain(
      'Error uploading "public/wrong". Expected artifact to be a "file" but was "directory"',
    );
  });

  it('is killed after its time, whatever it does about signals and processes', async () => {
    // It becomes what waits: there is room for no further process, and a shell that cannot start one ends.
    const script =
      'trap "" TERM INT HUP; echo before; bomb() { bomb | bomb & }; bomb 2>/dev/null; exec sleep 1000';
    const { resolution, log } = await run(script, { maxRunTime: 2 });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('before\r\n');
    expect(log).toContain('\n[taskcluster:error] Task timeout after 2 seconds. Force killing container.\n');
  });

  it('is told when it took more memory than it may', async () => {
    const { resolution, log } = await run('tail /dev/zero');
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] The container took more memory than it may have (64.0 MiB)');
  });

  it('may print more than its log takes, and goes on', async () => {
    const { resolution, log } = await run('dd if=/dev/zero bs=64k count=200 2>/dev/null | tr "\\000" x');
    expect(resolution).toEqual({ type: 'completed' });
    expect(log.length).toBeLessThan(5 * MEBIBYTE);
    expect(log).toContain('[taskcluster:error] The log is longer than 4.0 MiB');
  });

  it('fails where its command, or a program for it, is not there', async () => {
    const { resolution, log } = await rig.run({
      image: BUSYBOX,
      maxRunTime: 9,
      command: ['slipway-no-such-program'],
    });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('Failure to properly start execution environment.');
    expect(log).toContain('slipway-no-such-program');
  });

  it('has one processor where it is given one, and can neither mount nor trace', async () => {
    const script = 'nproc; mkdir /m; mount -t tmpfs none /m || echo refused; grep CapBnd /proc/self/status';
    const { log } = await run(script, {}, { cpuset: '0' });
    expect(log).toContain('=== Task Starting ===\n1\r\n');
    expect(log).toContain('refused\r\n');
    const [, capabilities = ''] = /CapBnd:\s*([0-9a-f]+)/.exec(log) ?? [];
    const [SYS_PTRACE, SYS_ADMIN] = [1n << 19n, 1n << 21n];
    expect(BigInt(`0x${capabilities}`) & (SYS_PTRACE | SYS_ADMIN)).toBe(0n);
  });

  it.each(['worker-shutdown', 'canceled'] as const)(
    'is killed at once when it is aborted: %s',
    async (reason) => {
      const { resolution, log } = await run(
        'echo ready; exec sleep 3600',
        {},
        {
          async onStart({ task, abort }) {
            let text = '';
            for await (const piece of task.log.read({ follow: true })) {
              text += Buffer.from(piece).toString();
              if (text.includes('ready')) return abort(reason);
            }
          },
        },
      );
      expect(resolution.type).toBe(reason === 'canceled' ? 'none' : 'exception');
      expect(log).toMatch(/=== Task Finished ===\n.*exit code: -1 completed in /);
    },
  );
});
