import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { PACK_LIMIT_MS, packInto } from './pack.ts';
import { run, succeed } from './run.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const NODE_IMAGE = 'localhost/slipway-node:24';
// As the deployment for Kubernetes has it.
const CONFINED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

describe('the image of the download service', () => {
  const image = `localhost/slipway-download-test:${randomUUID()}`;
  const containers: string[] = [];
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
    await docker('rmi', image, `${image}-package`);
    await rm(folder, { recursive: true });
  });

  /** Starts a container and waits until its log has a text. */
  async function start(words: readonly string[], text: string, command: readonly string[] = []) {
    const id = await docker('run', '--detach', '--publish', '127.0.0.1::8091', ...words, image, ...command);
    containers.push(id);
    const log = async () => (await run('docker', ['logs', id], { cwd: folder })).stderr;
    await expect.poll(log, { timeout: 20_000 }).toContain(text);
    const published = await docker('port', id, '8091');
    return { id, url: `http://${published.split('\n')[0]}`, log };
  }

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
    await docker('stop', '-t', '20', id);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', id)).toBe('0');
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
