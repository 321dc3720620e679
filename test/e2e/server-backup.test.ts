import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newTaskId, type TaskRequest } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { type Served, serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const LONG = 120_000;
const QUEUE = 'test/docker';
const WORKER = { workerGroup: 'group', workerId: 'worker' };
const SERVER = ['server', '--port', '0', '--builder', 'off'];

function definition(): TaskRequest {
  const now = Date.now();
  return {
    taskQueueId: QUEUE,
    created: new Date(now).toISOString(),
    deadline: new Date(now + 3_600_000).toISOString(),
    payload: {},
    metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.com' },
  } as unknown as TaskRequest;
}

/** Creates a task, runs it, and stores what it made; resolves when all of that was acknowledged. */
async function runTask(queue: QueueClient, size: number): Promise<string> {
  const taskId = newTaskId();
  await queue.createTask(taskId, definition());
  const [claim] = await queue.claimWork(QUEUE, { ...WORKER, tasks: 1 });
  if (claim === undefined) throw new Error('nothing was claimed');
  const { status, runId } = claim;
  const request = {
    storageType: 's3' as const,
    contentType: 'text/plain',
    expires: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const answer = await queue.createArtifact(status.taskId, runId, 'public/out.txt', request);
  if (!('putUrl' in answer)) throw new Error('no address');
  const body = status.taskId.repeat(size);
  const put = await fetch(answer.putUrl, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body });
  if (!put.ok) throw new Error(`the artifact was refused: ${put.status}`);
  await queue.reportCompleted(status.taskId, runId);
  return status.taskId;
}

/** What an artifact has, from its beginning. */
async function contentOf(queue: QueueClient, taskId: string): Promise<string> {
  const response = await queue.fetch(`/api/queue/v1/task/${taskId}/artifacts/public/out.txt`);
  const location = response.headers.get('location');
  const answer = location === null ? response : await fetch(new URL(location, queue.rootUrl));
  if (!answer.ok) throw new Error(`the artifact of ${taskId} is not there: ${answer.status}`);
  return (await answer.text()).slice(0, taskId.length);
}

describe('slipway backup', { timeout: LONG }, () => {
  let rig: Rig;
  let served: Served;
  let queue: QueueClient;
  beforeAll(async () => {
    rig = createRig();
    served = await serve(rig, SERVER);
    queue = openQueueClient({ rootUrl: served.url });
  }, LONG);
  afterAll(async () => {
    await queue[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  it('of a server under load has all that was acknowledged before it, and all that this leads to', async () => {
    const before: string[] = [];
    for (let i = 0; i < 20; i += 1) before.push(await runTask(queue, 2000));
    const load = { on: true, done: 0 };
    const loading = (async () => {
      while (load.on) {
        await runTask(queue, 20_000);
        load.done += 1;
      }
    })();
    await vi.waitFor(() => expect(load.done).toBeGreaterThan(2), { timeout: 20_000 });
    const words = ['--root-url', served.url, '--output', 'json'];
    const taken = await rig.run(['backup', 'b.tar', ...words]);
    load.on = false;
    await loading;
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(taken.stdout)).toMatchObject({ type: 'backup', file: join(rig.folder, 'b.tar') });
    expect(readdirSync(rig.folder).filter((name) => name.includes('.tar'))).toEqual(['b.tar']);

    const to = join(rig.folder, 'restored');
    expect(await rig.run(['restore', 'b.tar', '--to', to])).toMatchObject({ exitCode: 0 });
    const again = await serve(rig, SERVER, { environment: { SLIPWAY_DATA_DIR: to } });
    await using other = openQueueClient({ rootUrl: again.url });
    for (const taskId of before) expect(await contentOf(other, taskId)).toBe(taskId);
    const all = await other.listTasks({ limit: 1000 });
    expect(all.length).toBeGreaterThanOrEqual(before.length);
    for (const { status } of all) {
      const hasEnded = status.state === 'completed';
      if (hasEnded) expect(await contentOf(other, status.taskId)).toBe(status.taskId);
    }
    again.running.process.kill('SIGTERM');
    expect(await again.running.finished).toMatchObject({ exitCode: 0 });
    rmSync(to, { recursive: true });
  });

  it('goes through a pipe into a restore, and a cut one is refused with nothing left of it', async () => {
    const piped = await rig.run(['backup', '-', '--root-url', served.url]);
    expect(piped.exitCode).toBe(0);
    const to = join(rig.folder, 'piped');
    writeFileSync(join(rig.folder, 'cut.tar'), Buffer.from(piped.stdout).subarray(0, 9000));
    expect(await rig.run(['restore', 'cut.tar', '--to', to])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/The backup is (?:damaged or )?not complete/),
    });
    expect(readdirSync(rig.folder).filter((name) => name.includes('piped'))).toEqual([]);
    // Into a folder that is not empty, too: what is wrong with both is said of the file, in one sentence.
    expect(await rig.run(['restore', 'none.tar', '--to', rig.folder])).toMatchObject({
      exitCode: 1,
      stderr: 'slipway: cannot read the backup none.tar: no such file or directory\n',
    });
  });

  it('of the folder of a server that runs is refused, and taken where it does not', async () => {
    expect(await rig.run(['backup', 'o.tar', '--offline'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('take the backup from that one, without --offline'),
    });
    const stopped = createRig();
    await using _stopped = stopped;
    const one = await serve(stopped, SERVER);
    await using client = openQueueClient({ rootUrl: one.url });
    const taskId = await runTask(client, 10);
    one.running.process.kill('SIGTERM');
    await one.running.finished;
    expect(await stopped.run(['backup', 'o.tar', '--offline'])).toMatchObject({ exitCode: 0 });
    rmSync(stopped.dataFolder, { recursive: true });
    expect(await stopped.run(['restore', 'o.tar'])).toMatchObject({ exitCode: 0 });
    const again = await serve(stopped, SERVER);
    await using other = openQueueClient({ rootUrl: again.url });
    expect(await contentOf(other, taskId)).toBe(taskId);
  });

  it('needs the scope for it', async () => {
    const clients = join(rig.folder, 'clients.yml');
    const token = 'a-token-for-this-test-only';
    writeFileSync(clients, JSON.stringify([{ clientId: 'ci', accessToken: token, scopes: ['queue:*'] }]), {
      mode: 0o600,
    });
    await using closed = createRig();
    const { url } = await serve(closed, [...SERVER, '--clients', clients]);
    expect((await fetch(`${url}/api/slipway/v1/backup`)).status).toBe(403);
    const environment = { TASKCLUSTER_CLIENT_ID: 'ci', TASKCLUSTER_ACCESS_TOKEN: token };
    expect(await closed.run(['backup', 'b.tar', '--root-url', url], { environment })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/lacks the scope slipway:backup.*role admin/s),
    });
  });
});
