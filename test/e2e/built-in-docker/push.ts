import { describe, expect, it } from 'vitest';
import { docker } from '../../support/images.ts';
import { freshId, pipelineFile } from '../../support/pipeline.ts';
import { openPushing } from '../../support/pushing.ts';
import { BUSYBOX, createRig, DEBIAN } from '../../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const { adopt, images, registry } = await openPushing();

const push = (properties: Readonly<Record<string, unknown>>) => ({ 'internal/docker-push': properties });

describe.concurrent('internal/docker-push', { timeout: BUSY_MACHINE_MS }, () => {
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

describe.concurrent('what a pushed box holds', { timeout: BUSY_MACHINE_MS }, () => {
  it('is neither secret nor about the services of its run', async () => {
    const secret = 'h1dden-and-$pecial';
    const repository = `${registry.host}/clean`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({
        box: { id: BUSYBOX, env: { TOKEN: '$TOKEN', PLAIN: 'kept' } },
        services: [{ id: BUSYBOX, name: 'db', cmd: 'httpd -f -p 5432', ports: ['5432'] }],
        steps: [
          'test "$TOKEN" = "$EXPECTED" && test -n "$DB_PORT" && env | grep -q ^DB_PORT',
          push({ repository, username: 'someone', password: 'pa55-$SUFFIX', env: 'ALSO=fine' }),
        ],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build'], {
      environment: { XXX_TOKEN: secret, XXX_EXPECTED: secret, X_SUFFIX: 'word' },
    });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('Left out of the image, because they are secret: TOKEN');
    const image = await registry.image('clean', 'latest');
    expect(image?.config['Env']).toEqual(['ALSO=fine', 'PLAIN=kept', expect.stringMatching(/^PATH=/)]);
    expect(image?.text).not.toMatch(/DB_|TOKEN|tcp:\/\//);
    const history = docker('history', '--no-trunc', `${repository}:latest`);
    const inspected = docker('inspect', `${repository}:latest`);
    for (const text of [stdout, stderr, history, inspected, image?.text]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('pa55-word');
    }
  });

  it('is not swept away by another run, whatever is started from it', async () => {
    const repository = `${registry.host}/kept`;
    adopt(repository, 'latest');
    await using rig = createRig(pipelineFile({ steps: [push({ repository })] }));
    expect((await rig.run(['build'])).exitCode).toBe(0);
    const container = docker('run', '-d', '--entrypoint', 'sleep', `${repository}:latest`, '600');
    try {
      await rig.run(['clean']);
      expect(docker('inspect', '--format', '{{.State.Running}}', container)).toBe('true');
    } finally {
      docker('rm', '-f', container);
    }
  });
});

describe.concurrent('a push uses', { timeout: BUSY_MACHINE_MS }, () => {
  it.each([
    ['bash', DEBIAN],
    ['busybox', BUSYBOX],
  ])('what steps exported in a box with %s, byte for byte', async (name, box) => {
    const repository = `${registry.host}/exported-${name}`;
    adopt(repository, 'v1');
    const value = `it's "a" \\b\n  $(c) größe\n`;
    await using rig = createRig(
      pipelineFile({
        box,
        steps: [
          `export TAG=v1 NOTE='${value.replaceAll("'", `'\\''`)}'; not_exported=x; set -u -f -C; IFS=:`,
          push({ repository, tag: '$TAG', labels: 'note="$NOTE" unset="[$not_exported]"' }),
        ],
      }),
    );
    const { exitCode, stderr } = await rig.run(['build']);
    expect(exitCode, stderr).toBe(0);
    const labels = (await registry.image(`exported-${name}`, 'v1'))?.config['Labels'];
    expect(labels).toMatchObject({ note: value, unset: '[]' });
  });

  it('only the run’s own variables with disable-sync', async () => {
    const repository = `${registry.host}/unsynced`;
    adopt(repository, 'own-');
    await using rig = createRig(
      pipelineFile({
        steps: ['export TAG=theirs', push({ repository, tag: '$OWN-$TAG', 'disable-sync': true })],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build'], { environment: { X_OWN: 'own' } });
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`Pushed ${repository}:own- `);
  });
});

describe.concurrent('a push that', { timeout: BUSY_MACHINE_MS }, () => {
  it.each([
    [{ repository: 'UPPER:bad tag' }, /not an image’s name/],
    [{ repository: 'a', tag: 'no!tag' }, /"no!tag" in "tag" cannot be an image's tag/],
    [{ repository: `a@sha256:${'0'.repeat(64)}` }, /names one image by its digest/],
    [{ repository: '$NOTHING' }, /"repository" is empty after its variables are filled in: \$NOTHING/],
    [{ repository: 'a', 'image-name': 'none' }, /no step of this run built an image called "none"/],
    [{ repository: 'a', labels: '$NOTHING' }, /label specification .* is not of the form label=value/],
    [{ repository: 'a', 'aws-region': 'eu-west-1' }, /"aws-registry-id" is not given/],
  ])('cannot work fails with a sentence: %j', async (properties, problem) => {
    await using rig = createRig(pipelineFile({ steps: [push(properties)] }));
    const { exitCode, stderr } = await rig.run(['build', '--docker-local']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(problem);
    expect(docker('images', '-q', 'a')).toBe('');
  });

  it('stays on this machine with --docker-local only gives names', async () => {
    adopt('localhost/slipway-test-local', 'x', 'y');
    await using rig = createRig(
      pipelineFile({ steps: [push({ repository: 'localhost/slipway-test-local', tag: 'x y' })] }),
    );
    const { exitCode, stdout } = await rig.run(['build', '--docker-local']);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('Pushed');
    expect(docker('images', '-q', 'localhost/slipway-test-local').split('\n')).toHaveLength(2);
  });

  it('passes makes its checkpoint, and is told by its name', async () => {
    const checkpoint = freshId('pushed');
    adopt('localhost/slipway-test-checkpoint', 'latest');
    images.adopt(`localhost/slipway-busybox:w-${checkpoint}`);
    const step = push({
      repository: 'localhost/slipway-test-checkpoint',
      name: 'give it a name',
      checkpoint,
    });
    await using rig = createRig(pipelineFile({ steps: ['echo made > /made', step, 'cat /made'] }));
    const first = await rig.run(['build', '--docker-local']);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stderr).toContain('Step passed: give it a name');
    const again = await rig.run(['build', '--docker-local', '--checkpoint', checkpoint]);
    expect(again.stdout).toBe('made\n');
    expect(again.stderr).toMatch(/- give it a name +not run/);
  });

  it('takes a name from an earlier push leaves no image without a name', async () => {
    const repository = 'localhost/slipway-test-again';
    adopt(repository, 'latest');
    await using rig = createRig(pipelineFile({ steps: ['date +%N > /made', push({ repository })] }));
    await rig.run(['build', '--docker-local']);
    const first = docker('images', '-q', '--no-trunc', repository);
    await rig.run(['build', '--docker-local']);
    expect(docker('images', '-q', '--no-trunc', repository)).not.toBe(first);
    expect(docker('images', '-aq', '--no-trunc').split('\n')).not.toContain(first);
  });

  it('leaves no image behind with --docker-cleanup-image', async () => {
    const repository = `${registry.host}/cleaned`;
    adopt(repository, '1', '2');
    await using rig = createRig(pipelineFile({ steps: [push({ repository, tag: '1,2' })] }));
    expect((await rig.run(['build', '--docker-cleanup-image'])).exitCode).toBe(0);
    expect(docker('images', '-q', repository)).toBe('');
    expect(await registry.image('cleaned', '2')).toBeDefined();
  });
});
