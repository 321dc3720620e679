import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImages, docker } from '../support/images.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { openRegistry, type Registry, USER } from '../support/registry.ts';
import { BUSYBOX, createRig, DEBIAN } from '../support/rig.ts';

const images = createImages();
let registry: Registry;

beforeAll(async () => {
  registry = await openRegistry();
});

afterAll(async () => {
  images.remove();
  await registry[Symbol.asyncDispose]();
});

/** Images that a test pushes stay on the engine: they are taken away at the end. */
const adopt = (repository: string, ...tags: string[]): void => {
  for (const tag of tags) images.adopt(`${repository}:${tag}`);
};

const push = (properties: Readonly<Record<string, unknown>>) => ({ 'internal/docker-push': properties });

describe.concurrent('internal/docker-push', () => {
  it('pushes the box with what the step says of the image, under every tag', async () => {
    const repository = `${registry.host}/team/app`;
    adopt(repository, '1.0', 'b-2', 'latest');
    await using rig = createRig(
      pipelineFile({
        box: { id: BUSYBOX, env: { FROM_BOX: 'kept' } },
        steps: [
          'echo made > /made; export VERSION=1.0 WORDS="two words"',
          push({
            repository: `${registry.host}/Team/App`,
            tag: '$VERSION, b-2 latest',
            cmd: 'serve --port "$PORT"',
            env: 'MODE=fast "NOTE=$WORDS"',
            labels: 'org.test.version=$VERSION "org.test.note=$WORDS"',
            ports: '8080, 53/udp',
            volumes: '/data /more',
            'working-dir': '/srv',
            user: '1000',
            stopsignal: 'SIGINT',
            author: 'me <me@test>',
            message: 'version $VERSION',
          }),
        ],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(stderr + stdout).toContain('Step passed: docker push');
    expect(exitCode).toBe(0);
    for (const tag of ['1.0', 'b-2', 'latest']) {
      expect(stdout).toContain(`Pushing image for  ${repository}:${tag}\n`);
      expect(stdout).toMatch(new RegExp(`^Pushed ${repository}:${tag} \\(sha256:[0-9a-f]{64}\\)$`, 'm'));
    }
    const image = await registry.image('team/app', '1.0');
    expect(stdout).toContain(`(${image?.digest})`);
    expect((await registry.image('team/app', 'b-2'))?.digest).toBe(image?.digest);
    expect(image?.author).toBe('me <me@test>');
    expect(image?.history?.at(-1)?.comment).toBe('version 1.0');
    expect(image?.config).toMatchObject({
      Cmd: ['serve', '--port', '$PORT'],
      ExposedPorts: { '8080/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {}, '/more': {} },
      WorkingDir: '/srv',
      User: '1000',
      StopSignal: 'SIGINT',
    });
    expect(image?.config['Env']).toEqual(
      expect.arrayContaining(['FROM_BOX=kept', 'MODE=fast', 'NOTE=two words']),
    );
    expect(image?.config['Labels']).toMatchObject({
      'org.test.version': '1.0',
      'org.test.note': 'two words',
      'io.slipway.owner': '',
      'io.slipway.host': '',
    });
    expect(docker('run', '--rm', '--entrypoint', 'cat', `${repository}:1.0`, '/made')).toBe('made');
  });

  it('names the image latest and keeps what the box has where the step says nothing', async () => {
    adopt(`${registry.host}/plain`, 'latest');
    await using rig = createRig(
      pipelineFile({
        steps: ['true', push({ repository: 'plain', registry: `http://${registry.host}/v2/` })],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`Pushed ${registry.host}/plain:latest`);
    const image = await registry.image('plain', 'latest');
    expect(image?.config['Cmd']).toEqual(['/bin/sh', '-c', expect.stringContaining('/bin/bash')]);
  });
});
