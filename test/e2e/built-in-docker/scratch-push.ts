import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { docker } from '../../support/images.ts';
import { pipelineFile } from '../../support/pipeline.ts';
import { openPushing } from '../../support/pushing.ts';
import { createRig } from '../../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const { images, registry } = await openPushing();

const push = (properties: Readonly<Record<string, unknown>>) => ({
  'internal/docker-scratch-push': properties,
});

describe.concurrent('internal/docker-scratch-push', { timeout: BUSY_MACHINE_MS }, () => {
  it('pushes the output folder as an image of one layer, and the same one for the same files', async () => {
    const repository = `${registry.host}/scratch`;
    for (const tag of ['1', '2']) images.adopt(`${repository}:${tag}`);
    await using rig = createRig(
      pipelineFile({
        steps: [
          'cp /bin/busybox "$WERCKER_OUTPUT_DIR/busybox"; cd "$WERCKER_OUTPUT_DIR"; mkdir -p etc/deep; echo hello > etc/deep/greeting; ln -s deep/greeting etc/link; export WHO=me',
          push({
            repository,
            tag: '$GIT_TAG_OF_TEST',
            entrypoint: '/busybox',
            cmd: 'cat /etc/link',
            env: 'WHO=$WHO',
            'working-dir': '/etc',
            ports: '80',
            volumes: '/data',
          }),
        ],
      }),
    );
    for (const tag of ['1', '2']) {
      const { exitCode, stdout, stderr } = await rig.run(['build'], {
        environment: { X_GIT_TAG_OF_TEST: tag },
      });
      expect(exitCode, stderr + stdout).toBe(0);
      expect(stdout).toContain(`Pushing image for  ${repository}:${tag}\n`);
    }
    const image = await registry.image('scratch', '1');
    expect((await registry.image('scratch', '2'))?.digest).toBe(image?.digest);
    expect(image?.layers).toHaveLength(1);
    expect(image?.config).toEqual({
      Entrypoint: ['/busybox'],
      Cmd: ['cat', '/etc/link'],
      Env: ['WHO=me'],
      WorkingDir: '/etc',
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
    });
    const layer = await registry.blob('scratch', image?.layers[0]?.digest ?? '');
    expect(`sha256:${createHash('sha256').update(layer).digest('hex')}`).toBe(image?.layers[0]?.digest);
    const names = execFileSync('tar', ['-t'], { input: gunzipSync(layer), encoding: 'utf8' });
    expect(names).toBe('busybox\netc/\netc/deep/\netc/deep/greeting\netc/link\n');
    docker('rmi', `${repository}:1`, `${repository}:2`);
    expect(docker('run', '--rm', '--pull', 'always', `${repository}:1`).split('\n').at(-1)).toBe('hello');
    expect(readdirSync(join(rig.folder, '.wercker', 'tmp'))).toEqual([]);
    expect(
      readdirSync(join(rig.folder, '.wercker', 'latest')).filter((name) => name.endsWith('.tar')),
    ).toEqual([]);
  });

  it('takes the source where there is no output, and only tags it with --docker-local', async () => {
    const repository = 'localhost/slipway-test-scratch';
    images.adopt(`${repository}:latest`);
    await using rig = createRig(
      pipelineFile({
        more: { 'base-path': '/app' },
        steps: ['mkdir "$WERCKER_OUTPUT_DIR/empty"', push({ repository, cmd: 'x' })],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build', '--docker-local']);
    expect(exitCode, stderr + stdout).toBe(0);
    expect(stdout).toContain('/pipeline/output holds no file: the source is the image\n');
    expect(stdout).not.toContain('Pushed');
    const container = docker('create', `${repository}:latest`);
    const names = execFileSync('sh', ['-c', 'docker export "$0" | tar -t', container], { encoding: 'utf8' });
    docker('rm', container);
    expect(names.split('\n')).toContain('wercker.yml');
  });
});
