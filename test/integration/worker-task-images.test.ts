import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packItems, readTar, type TarItem } from '../../src/archive/index.ts';
import { type Engine, openEngine } from '../../src/engine/index.ts';
import { createTaskRig, type TaskRig } from '../../src/worker/testing/task-context.ts';
import { docker } from '../support/images.ts';
import { openRegistry, type Registry, USER } from '../support/registry.ts';
import { BUSYBOX } from '../support/rig.ts';

const NETWORK = `slipway-test-${randomUUID().slice(0, 8)}`;

let engine: Engine;
let registry: Registry;
let rig: TaskRig;
/** `docker save` of an image of our own, by name. */
let archive: Buffer;
const loaded: string[] = [];

beforeAll(async () => {
  engine = await openEngine({ environment: process.env });
  registry = await openRegistry({ users: 'basic' });
  await engine.createNetwork({ name: NETWORK, labels: { 'io.slipway.test': NETWORK } });
  const { image } = imageSettings({});
  rig = await createTaskRig({
    engine,
    labels: { 'io.slipway.test': NETWORK },
    network: { name: NETWORK, gateway: '127.0.0.1' },
    settings: { image },
  });
  const container = docker('create', '--label', 'io.slipway.test=image', BUSYBOX, 'true');
  docker('commit', '--change', 'ENV SLIPWAY_MARK=marked', container, `${NETWORK}:1`);
  docker('rm', container);
  archive = execFileSync('docker', ['save', `${NETWORK}:1`], { maxBuffer: 64 * 1024 * 1024 });
}, 60_000);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  for (const name of [...loaded, `${NETWORK}:1`]) await engine.removeImage(name);
  await engine.removeNetwork(NETWORK);
  await engine[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const imageSettings = (registries: Record<string, { username: string; password: string }>) => ({
  image: {
    maxAttempts: 2,
    delayFactorMs: 1,
    randomizationFactor: 0,
    expirationMs: 1,
    defaultRegistry: 'registry.hub.docker.com',
    registries,
  },
});

const payload = (image: string | { type: string; taskId: string; path: string }) => ({
  image,
  maxRunTime: 60,
  command: ['sh', '-c', 'echo "mark: $SLIPWAY_MARK"'],
});

/** Stores an archive as a public artifact of a task; gives the payload's image. */
async function artifactOf(path: string, bytes: Buffer) {
  const taskId = rig.queue.add();
  await rig.queue.claimWork('test/worker', { workerGroup: 'group', workerId: 'two', tasks: 1 });
  const artifact = {
    storageType: 's3',
    expires: '2030-01-01T00:00:00.000Z',
    contentType: 'application/x-tar',
  } as const;
  await rig.queue.createArtifact(taskId, 0, path, artifact);
  rig.store.stored.set(`/${taskId}/0/${path}`, { bytes, headers: {} });
  loaded.push(
    `${createHash('md5')
      .update(taskId + path)
      .digest('hex')}:latest`,
  );
  return { type: 'task-image', taskId, path };
}

/** The archive as engines made it before there was a manifest. */
async function withoutManifest(bytes: Buffer): Promise<Buffer> {
  const items: TarItem[] = [];
  for await (const entry of readTar(
    (async function* () {
      yield bytes;
    })(),
  )) {
    const content: Buffer[] = [];
    for await (const piece of entry.content()) content.push(piece);
    if (entry.kind === 'folder') items.push({ type: 'folder', name: entry.path });
    else if (entry.path !== 'manifest.json') {
      items.push({ type: 'file', name: entry.path, content: Buffer.concat(content) });
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of packItems(items)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('the image of a task', () => {
  it('may be an archive in either of its layouts, and leaves the name that it had alone', async () => {
    docker('rmi', '-f', `${NETWORK}:1`);
    docker('tag', BUSYBOX, `${NETWORK}:1`);
    const old = await withoutManifest(archive);
    for (const image of [
      await artifactOf('public/new.tar', archive),
      await artifactOf('public/old.tar.zst', zstdCompressSync(old)),
    ]) {
      const { resolution, log, task } = await rig.run(payload(image));
      expect(log).toContain('mark: marked\r\n');
      expect(resolution).toEqual({ type: 'completed' });
      expect(task.findings.image?.artifactSha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect((await engine.inspectImage(`${NETWORK}:1`))?.id).toBe((await engine.inspectImage(BUSYBOX))?.id);
  });

  it('is pulled with the login of the operator, where the task may use it', async () => {
    const name = `${registry.host}/team/app:1`;
    docker('tag', BUSYBOX, name);
    await engine.pushImage(name, { credentials: USER });
    docker('rmi', name);
    loaded.push(name);
    const scopes = [`docker-worker:image:${registry.host}/team/*`];
    const scopeless = await runWith({ [registry.host]: USER }, name, []);
    expect(scopeless.resolution).toEqual({ type: 'failed' });
    expect(scopeless.log).toContain('Insufficient scopes to use the image');
    const wrong = await runWith({ [registry.host]: { ...USER, password: 'not mine' } }, name, scopes);
    expect(wrong.resolution).toEqual({ type: 'failed' });
    expect(wrong.log).not.toContain('not mine');
    const right = await runWith({ [`${registry.host}/team`]: USER }, name, scopes);
    expect(right.resolution).toEqual({ type: 'completed' });
    expect(right.log).toContain(`Pulling image ${name}\n`);
    const again = await runWith({ [registry.host]: USER }, name, scopes);
    expect(again.log).toContain(`\n${name} exists in the cache.\n`);
  });

  it('that its registry does not have fails the task at once', async () => {
    const { resolution, log } = await runWith({ [registry.host]: USER }, `${registry.host}/team/none:1`, [
      '*',
    ]);
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('[taskcluster:error] Pulling docker image has failed.');
  });
});

/** One run by a worker with these logins. */
async function runWith(
  registries: Record<string, { username: string; password: string }>,
  image: string,
  scopes: readonly string[],
) {
  await using other = await createTaskRig({
    engine,
    labels: { 'io.slipway.test': NETWORK },
    network: { name: NETWORK, gateway: '127.0.0.1' },
    settings: imageSettings(registries),
  });
  return await other.run(payload(image), { scopes });
}
