import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../engine/fake/index.ts';
import { type JsonObject, newTaskId } from '../../queue-api/index.ts';
import { createTaskRig, type TaskRig, type TaskRigOptions } from '../testing/task-context.ts';
import { lz4Stored } from './testing/lz4-stored.ts';

const LOCAL = 'localhost/slipway-busybox:1';
const LOGIN = { username: 'crew', password: 'all hands' };

let engine: FakeEngine;
let rig: TaskRig;
let archive: Buffer;

beforeAll(async () => {
  engine = await createFakeEngine({
    registry: {
      'registry.test/open/app:1': {},
      'registry.test/team/app:2': { credentials: LOGIN },
      'registry.test/slow/app:1': {},
    },
  });
  await engine.createNetwork({ name: 'net', labels: {} });
  const saved: Buffer[] = [];
  for await (const piece of (await engine.saveImage(LOCAL)) ?? []) saved.push(piece);
  archive = Buffer.concat(saved);
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const openRig = (options: Partial<TaskRigOptions> = {}) =>
  createTaskRig({ engine, network: { name: 'net', gateway: '127.0.0.1' }, ...options });

const payload = (image: JsonObject | string, script = 'true') => ({
  image,
  maxRunTime: 60,
  command: ['sh', '-c', script],
});

const pulls = () => engine.calls.filter(({ method }) => method === 'pullImage').length;

/** Stores an archive as an artifact of a task, and gives the task's id. */
async function artifactOf(path: string, bytes: Buffer, encoding?: 'gzip'): Promise<string> {
  const taskId = rig.queue.add();
  await rig.queue.claimWork('test/worker', { workerGroup: 'group', workerId: 'two', tasks: 1 });
  const artifact = {
    storageType: 's3',
    expires: '2030-01-01T00:00:00.000Z',
    contentType: 'application/x-tar',
  } as const;
  await rig.queue.createArtifact(taskId, 0, path, artifact);
  const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
  rig.store.stored.set(`/${taskId}/0/${path}`, { bytes, headers });
  return taskId;
}

describe('an image of a registry', () => {
  it('is pulled once, whoever wants it meanwhile, and then used as it is', async () => {
    const before = pulls();
    const image = 'registry.test/open/app:1';
    const [first, second] = await Promise.all([rig.run(payload(image)), rig.run(payload(image))]);
    expect([first.resolution.type, second.resolution.type]).toEqual(['completed', 'completed']);
    expect(first.log).toContain(`Pulling image ${image}\n`);
    const third = await rig.run(payload({ type: 'docker-image', name: image }));
    expect(third.log).toContain(`\n${image} exists in the cache.\n`);
    expect(pulls() - before).toBe(1);
    expect(rig.records).toContainEqual({ type: 'image used', fields: { image, fetched: true } });
  });

  it('is pulled again after trouble, of which the log tells, but not where there is no such image', async () => {
    await engine.removeImage('registry.test/open/app:1');
    engine.faults.next('pullImage', { kind: 'error', code: 'REGISTRY' });
    const troubled = await rig.run(payload('registry.test/open/app:1'));
    expect(troubled.resolution).toEqual({ type: 'completed' });
    expect(troubled.log).toMatch(/Z\] .+; trying again in 1 s\n/);
    const before = pulls();
    const { resolution, log } = await rig.run(payload('registry.test/open/nothing:1'));
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Pulling docker image has failed.');
    expect(pulls() - before).toBe(1);
  });

  it('stops to be pulled when the last who wants it is aborted', async () => {
    const { struck } = engine.faults.next('pullImage', { kind: 'stall' });
    const image = 'registry.test/slow/app:1';
    const stop = ({ abort }: { abort(reason: 'canceled'): void }) =>
      void struck.then(() => abort('canceled'));
    const runs = await Promise.all([
      rig.run(payload(image), { onStart: stop }),
      rig.run(payload(image), { onStart: stop }),
    ]);
    expect(runs.map(({ resolution }) => resolution.type)).toEqual(['none', 'none']);
    expect((await rig.run(payload(image))).resolution).toEqual({ type: 'completed' });
  });

  describe('that the operator has a login for', () => {
    const image = 'registry.test/team/app:2';
    const scope = 'docker-worker:image:registry.test/team/app:2';
    const withLogin = (registries: Record<string, typeof LOGIN>) =>
      openRig({
        settings: {
          image: {
            maxAttempts: 1,
            delayFactorMs: 1,
            randomizationFactor: 0,
            expirationMs: 1,
            defaultRegistry: 'registry.hub.docker.com',
            registries,
          },
        },
      });

    it.each([
      ['by host and user', { 'registry.test/team': LOGIN }, [scope], 'completed'],
      ['by host', { 'registry.test': LOGIN }, ['docker-worker:image:registry.test/*'], 'completed'],
      ['with a scope one character short', { 'registry.test': LOGIN }, [scope.slice(0, -1)], 'failed'],
      ['with the wrong password', { 'registry.test': { ...LOGIN, password: 'no' } }, [scope], 'failed'],
      ['for somebody else', { 'registry.test/other': LOGIN }, [scope], 'failed'],
    ])('is pulled %s: %s', async (_how, registries, scopes, type) => {
      await engine.removeImage(image);
      const other = await withLogin(registries);
      const { resolution, log } = await other.run(payload(image), { scopes });
      expect(resolution.type).toBe(type);
      expect(log).not.toContain(LOGIN.password);
      await other[Symbol.asyncDispose]();
    });

    it('needs the scope also where it is here already', async () => {
      const other = await withLogin({ 'registry.test': LOGIN });
      expect((await other.run(payload(image), { scopes: [scope] })).resolution.type).toBe('completed');
      const { resolution, log } = await other.run(payload(image));
      expect(resolution).toEqual({ type: 'failed' });
      expect(log).toContain(`the task must have ${scope} in task.scopes`);
      await other[Symbol.asyncDispose]();
    });

    it.each([
      ['registry.test', 'Registry.TEST/team/app:2'],
      ['Registry.test/team', 'registry.test/team/app:2'],
      ['registry.hub.docker.com', 'docker.io/team/app:2'],
      ['registry.hub.docker.com', 'index.docker.io/team/app:2'],
      ['docker.io/team', 'team/app:2'],
      ['index.docker.io', 'team/app:2'],
    ])('needs the scope however its name is written: %s, %s', async (key, name) => {
      const other = await withLogin({ [key]: LOGIN });
      const { resolution, log } = await other.run(payload(name));
      expect(resolution).toEqual({ type: 'failed' });
      expect(log).toContain('Insufficient scopes to use the image');
      await other[Symbol.asyncDispose]();
    });
  });

  it('is pulled where a pipeline has called something else by its name', async () => {
    const image = 'registry.test/open/app:1';
    await engine.removeImage(image);
    const box = await engine.createContainer({ name: 'box', image: LOCAL, labels: {} });
    const labels = { 'io.slipway.run-id': 'r1', 'io.slipway.role': 'image' };
    const made = await engine.commitContainer(box, { reference: image, labels });
    expect((await rig.run(payload(image))).resolution).toEqual({ type: 'completed' });
    expect((await engine.inspectImage(image))?.id).not.toBe(made);
    await engine.removeContainer(box);
  });

  it.each(['UPPER/case', 'a b', 'x://y', '../up', '-x', `${'a'.repeat(64)}`])(
    'is not called %j',
    async (name) => {
      const { resolution, log } = await rig.run(payload(name));
      expect(resolution).toEqual({ type: 'failed' });
      expect(log).toContain('[taskcluster:error] Error: ');
    },
  );
});

describe('an image that is an artifact', () => {
  it.each([
    ['public/image.tar', (bytes: Buffer) => bytes, undefined],
    ['public/image.tar', gzipSync, 'gzip' as const],
    ['public/image.tar.zst', zstdCompressSync, undefined],
    ['public/image.tar.lz4', lz4Stored, undefined],
  ])('is loaded from %s', async (path, compress, encoding) => {
    const bytes = compress(archive);
    const taskId = await artifactOf(path, bytes, encoding);
    const { resolution, log, task } = await rig.run(payload({ type: 'task-image', taskId, path }));
    expect(log).toContain(`Downloading artifact "${path}" from task ID: ${taskId}.`);
    expect(resolution).toEqual({ type: 'completed' });
    const downloaded = encoding === 'gzip' ? archive : bytes;
    expect(task.findings.image?.artifactSha256).toBe(createHash('sha256').update(downloaded).digest('hex'));
    const again = await rig.run(payload({ type: 'task-image', taskId, path }));
    expect(again.log).toContain('exists in the cache');
    expect(again.task.findings.image).toEqual(task.findings.image);
  });

  it('is loaded under a name of its own, and takes nobody’s away', async () => {
    const taskId = await artifactOf('public/image.tar', archive);
    const before = await engine.inspectImage(LOCAL);
    await rig.run(payload({ type: 'task-image', taskId, path: 'public/image.tar' }));
    const name = createHash('md5').update(`${taskId}public/image.tar`).digest('hex');
    expect(await engine.inspectImage(`${name}:latest`)).toBeDefined();
    expect((await engine.inspectImage(LOCAL))?.id).toBe(before?.id);
    for (const written of [`${name}:latest`, `${name}:other`, `${name}@sha256:${'0'.repeat(64)}`]) {
      const byName = await rig.run(payload(written));
      expect(byName.log).toContain('is the name of an image that came as an artifact');
      expect(byName.resolution).toEqual({ type: 'failed' });
    }
  });

  it('is found by the index', async () => {
    const taskId = await artifactOf('public/image.tar', archive);
    rig.queue.namespaces.set('images.app.latest', taskId);
    const image = { type: 'indexed-image', namespace: 'images.app.latest', path: 'public/image.tar' };
    expect((await rig.run(payload(image))).resolution).toEqual({ type: 'completed' });
    const nowhere = await rig.run(payload({ ...image, namespace: 'images.nothing' }));
    expect(nowhere.resolution).toEqual({ type: 'failed' });
    expect(nowhere.log).toContain('Could not find the task at images.nothing: nothing is indexed there');
  });

  it('that is private needs the scope for it', async () => {
    const path = 'private/image.tar';
    const taskId = await artifactOf(path, archive);
    const refused = await rig.run(payload({ type: 'task-image', taskId, path }));
    expect(refused.resolution).toEqual({ type: 'failed' });
    expect(refused.log).toContain(`Not authorized to use the image ${path}`);
    const scopes = [`queue:get-artifact:${path}`];
    const allowed = await rig.run(payload({ type: 'task-image', taskId, path }), { scopes });
    expect(allowed.resolution).toEqual({ type: 'completed' });
  });

  it('that is private and found by the index needs the scope for it', async () => {
    const path = 'private/image.tar';
    rig.queue.namespaces.set('images.private', await artifactOf(path, archive));
    const image = { type: 'indexed-image', namespace: 'images.private', path };
    const refused = await rig.run(payload(image), { scopes: [`queue:get-artifact:${path}`.slice(0, -1)] });
    expect(refused.resolution).toEqual({ type: 'failed' });
    expect(refused.log).toContain(`Not authorized to use the image ${path}`);
    const allowed = await rig.run(payload(image), { scopes: ['queue:get-artifact:private/*'] });
    expect(allowed.resolution).toEqual({ type: 'completed' });
    expect(await readdir(allowed.task.folder)).toEqual(await readdir(refused.task.folder));
  });

  it('of a task that is not there fails the task', async () => {
    const image = { type: 'task-image', taskId: newTaskId(), path: 'public/image.tar' };
    const { resolution, log } = await rig.run(payload(image));
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('there is no such artifact');
  });

  it('is downloaded again after trouble of the store, but not where there is none', async () => {
    const taskId = await artifactOf('public/image.tar', archive);
    rig.store.fail({ status: 500 }, { status: 503 });
    const image = { type: 'task-image', taskId, path: 'public/image.tar' };
    expect((await rig.run(payload(image))).resolution).toEqual({ type: 'completed' });
    const absent = await rig.run(payload({ ...image, path: 'public/nothing.tar' }));
    expect(absent.resolution).toEqual({ type: 'failed' });
    expect(absent.log).toContain('there is no such artifact');
  });

  it.each([
    ['is no archive', 'public/image.tar', Buffer.from('hello'.repeat(500))],
    ['is no zstd', 'public/image.tar.zst', Buffer.from('hello'.repeat(500))],
    ['is no lz4', 'public/image.tar.lz4', Buffer.from('hello'.repeat(500))],
    ['is cut off', 'public/image.tar', Buffer.alloc(0)],
    ['has no known ending', 'public/image.zip', Buffer.from('x')],
  ])('fails the task where it %s', async (_what, path, bytes) => {
    const taskId = await artifactOf(path, bytes);
    const { resolution, log } = await rig.run(payload({ type: 'task-image', taskId, path }));
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Pulling docker image has failed.');
  });
});
