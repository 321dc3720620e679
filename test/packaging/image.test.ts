import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient } from '../../src/queue-client/index.ts';
import { ask } from '../support/ask.ts';
import { BUSYBOX } from '../support/rig.ts';
import { PACK_LIMIT_MS, packInto } from './pack.ts';
import { run, succeed } from './run.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const ENGINE_SOCKET = '/var/run/docker.sock';
const NODE_IMAGE = 'localhost/slipway-node:24';
// As the deployment for Kubernetes has it.
const CONFINED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

describe('the image', () => {
  const image = `localhost/slipway-download-test:${randomUUID()}`;
  const containers: string[] = [];
  const networks: string[] = [];
  let folder: string;

  const docker = async (...words: string[]): Promise<string> =>
    (await succeed('docker', words, folder)).trim();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-image-'));
    const context = join(folder, 'deploy');
    await mkdir(context);
    const archive = await packInto(folder);
    await copyFile(archive, join(context, basename(archive)));
    for (const name of ['Dockerfile', '.dockerignore'])
      await copyFile(join(DEPLOY, name), join(context, name));
    const build = ['build', '--build-arg', `BASE=${NODE_IMAGE}`];
    // Its first stage has a name too, so that it can be removed.
    await docker(...build, '--target', 'package', '--tag', `${image}-package`, context);
    await docker(...build, '--tag', image, context);
  }, 3 * PACK_LIMIT_MS);

  afterAll(async () => {
    for (const id of containers) await docker('rm', '--force', id);
    for (const name of networks) await docker('network', 'rm', name);
    await docker('rmi', image, `${image}-package`);
    await rm(folder, { recursive: true });
  });

  /** Starts a container and waits until its log has a text. */
  async function start(words: readonly string[], text: string, command: readonly string[] = []) {
    const id = await docker('run', '--detach', '--publish', '127.0.0.1::8091', ...words, image, ...command);
    containers.push(id);
    const log = async () => {
      const { stdout, stderr } = await run('docker', ['logs', id], { cwd: folder });
      return stdout + stderr;
    };
    await expect.poll(log, { timeout: 20_000 }).toContain(text);
    const published = await docker('port', id, '8091');
    return { id, url: `http://${published.split('\n')[0]}`, log };
  }

  const stop = async (id: string): Promise<string> => {
    await docker('stop', '-t', '20', id);
    return await docker('inspect', '--format', '{{.State.ExitCode}}', id);
  };

  test('serves a mounted folder as a user without rights, and stops with 0 when it is told to', async () => {
    const artifacts = join(folder, 'artifacts');
    await mkdir(join(artifacts, 'bucket'), { recursive: true });
    await writeFile(join(artifacts, 'bucket/output.tar'), 'hello', { mode: 0o644 });
    const { id, url, log } = await start(
      [
        ...CONFINED,
        '--volume',
        `${artifacts}:/artifacts:ro`,
        '--env',
        'WERCKER_RUNNER_STOREPATH=/artifacts',
        '--env',
        'MY_POD_NAME=pod-1',
      ],
      'serving downloads on port 8091, HTTP',
    );
    expect(await log()).toContain('"podName":"pod-1"');
    expect(await docker('exec', id, 'id', '-u')).toBe('10001');
    const path = '/api/v3/operator/artifact/download';
    expect(await ask(url, `${path}?a=bucket/output.tar&s=/artifacts`)).toMatchObject({
      status: 200,
      text: 'hello',
      headers: { 'content-disposition': 'attachment; filename="output.tar"' },
    });
    expect(await ask(url, `${path}?a=passwd&s=/etc`)).toMatchObject({ status: 404 });
    expect(await ask(url, '/healthz')).toMatchObject({ status: 200 });
    expect(await stop(id)).toBe('0');
  });

  test('is a server and a worker too, confined in the same way', async () => {
    const name = `slipway-${randomUUID().slice(0, 8)}`;
    await docker('network', 'create', name);
    networks.push(name);
    const server = await start(
      [
        ...CONFINED,
        ...['--network', name, '--name', name, '--tmpfs', '/tmp', '--tmpfs', '/data:uid=10001,mode=0700'],
        ...['--env', 'SLIPWAY_DATA_DIR=/data'],
      ],
      'the queue, the image builder and downloads on port 8091',
      ['slipway', 'server', '--host', '0.0.0.0', '--port', '8091', '--open', '--output', 'json'],
    );
    expect(await ask(server.url, '/livez')).toMatchObject({ status: 200 });
    // Worker and engine see folders of artifacts and caches at the same path.
    const data = join(folder, 'worker');
    await mkdir(data);
    await chmod(data, 0o777);
    const { gid } = await stat(ENGINE_SOCKET);
    const worker = await start(
      [
        ...CONFINED,
        ...['--network', name, '--tmpfs', '/tmp', '--volume', `${data}:${data}`],
        ...['--volume', `${ENGINE_SOCKET}:/var/run/docker.sock`, '--group-add', `${gid}`],
        ...['--env', `SLIPWAY_DATA_DIR=${data}`],
      ],
      '"type":"start"',
      [
        ...['slipway', 'worker', 'start', '--root-url', `http://${name}:8091`, '--queue', 'local/docker'],
        ...['--worker-group', 'test', '--worker-id', name, '--output', 'json'],
      ],
    );
    await using queue = openQueueClient({ rootUrl: server.url });
    const taskId = newTaskId();
    await queue.createTask(taskId, {
      taskQueueId: 'local/docker',
      created: new Date().toISOString(),
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      payload: { image: BUSYBOX, command: ['true'], maxRunTime: 60 },
      metadata: { name, description: '', owner: 'test@example.com', source: 'https://example.com' },
    });
    const status = await queue.waitResolved(taskId, 0, { signal: AbortSignal.timeout(60_000) });
    expect(status, await worker.log()).toMatchObject({ state: 'completed' });
    // As the manifest's hook says it: what runs would end before.
    await docker('exec', worker.id, 'sh', '-c', 'kill -HUP 1');
    expect(await docker('wait', worker.id)).toBe('0');
    expect(await stop(server.id)).toBe('0');
  });

  test('takes the command line of the original', async () => {
    const command = ['/runner-download', '--debug', 'server', '--port=8091'];
    const { url } = await start(CONFINED, 'serving downloads on port 8091, HTTP', command);
    expect(await ask(url, '/')).toMatchObject({
      status: 404,
      text: 'Download URL is incorrect, 404 not found\n',
    });
  });

  test('ends with a sentence when its settings are not good', async () => {
    const id = await docker(
      'run',
      '--detach',
      '--env',
      'WERCKER_OCI_TENANCY_OCID=ocid1.tenancy.oc1..x',
      image,
    );
    containers.push(id);
    expect(await docker('wait', id)).toBe('1');
    expect((await run('docker', ['logs', id], { cwd: folder })).stderr).toContain(
      'WERCKER_OCI_TENANCY_OCID is set, but not WERCKER_OCI_USER_OCID',
    );
  });
});
