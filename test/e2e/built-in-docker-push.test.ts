import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { openRegistry, type Registry, USER } from '../support/registry.ts';
import { openCuttingProxy } from '../support/registry-proxy.ts';
import { BUSYBOX, createRig, DEBIAN } from '../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

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

describe.each(['basic', 'token'] as const)('a registry with %s authentication', (users) => {
  let guarded: Registry;

  beforeAll(async () => {
    guarded = await openRegistry({ users });
  });

  afterAll(() => guarded[Symbol.asyncDispose]());

  it('takes an image from those who know the password', async () => {
    const repository = `${guarded.host}/team/app`;
    adopt(repository, 'a', 'b');
    await using rig = createRig(
      pipelineFile({ steps: [push({ repository, tag: 'a b', username: '$NAME', password: '$WORD' })] }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build'], {
      environment: { X_NAME: USER.username, XXX_WORD: USER.password },
    });
    expect(exitCode, stderr).toBe(0);
    expect(stdout + stderr).not.toContain(USER.password);
    const image = await guarded.image('team/app', 'b');
    expect(stdout).toContain(`Pushed ${repository}:b (${image?.digest})`);
  });

  it.each([
    [
      'a wrong one',
      { username: USER.username, password: 'wrong-password' },
      'check `username` and `password`',
    ],
    ['none', {}, 'give the step `username` and `password`'],
  ])('refuses those who give %s, and the step says so', async (name, login, hint) => {
    const repository = `${guarded.host}/refused-${name.length}`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({ steps: [push({ repository, ...login }), 'echo not reached'] }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${repository}:latest could not be pushed: `);
    expect(stderr).toContain(hint);
    expect(stdout).not.toContain('not reached');
    expect(stdout + stderr).not.toContain('wrong-password');
  });
});

it('those who may only pull are refused in words too', async () => {
  await using guarded = await openRegistry({ users: 'token' });
  const repository = `${guarded.host}/readonly/app`;
  adopt(repository, 'latest');
  const login = { username: USER.username, password: USER.password };
  await using rig = createRig(pipelineFile({ steps: [push({ repository, ...login })] }));
  const { exitCode, stdout, stderr } = await rig.run(['build']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('that they may push to this repository');
  expect(stdout + stderr).not.toContain(USER.password);
});

const ENGINE_TRIES_MS = 180_000; // it tries five times, and waits 5 s longer each time

describe.concurrent('a registry that', { timeout: ENGINE_TRIES_MS }, () => {
  it('is not there is told as such', async () => {
    const gone = await openRegistry();
    await gone[Symbol.asyncDispose]();
    adopt(`${gone.host}/app`, 'latest');
    await using rig = createRig(pipelineFile({ steps: [push({ repository: `${gone.host}/app` })] }));
    const { exitCode, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`${gone.host}/app:latest could not be pushed: .*refused`));
  });

  it('breaks off in the middle of a push ends the step, not the program', async () => {
    await using flaky = await openCuttingProxy(registry.host, 300_000);
    const repository = `${flaky.host}/broken`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({
        steps: ['head -c 3000000 /dev/urandom > /big', push({ repository })],
        afterSteps: ['echo "told: $WERCKER_FAILED_STEP_MESSAGE"'],
      }),
    );
    const { exitCode, stdout, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${repository}:latest could not be pushed: `);
    expect(stderr).toContain('what the registry has taken so far is not sent again');
    expect(stdout).toContain(`told: ${repository}:latest could not be pushed: `);
    expect(await registry.image('broken', 'latest')).toBeUndefined();
  });

  it('is full says so', async () => {
    await using full = await openRegistry({ storageBytes: 1_000_000 });
    const repository = `${full.host}/big`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({ steps: ['head -c 3000000 /dev/urandom > /big', push({ repository })] }),
    );
    const { exitCode, stderr } = await rig.run(['build']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${repository}:latest could not be pushed: `);
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

  it('loses its engine ends the run', async () => {
    await using slow = await openCuttingProxy(registry.host, 300_000, { stall: true });
    const repository = `${slow.host}/lost`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({
        steps: ['head -c 3000000 /dev/urandom > /big', push({ repository })],
        afterSteps: ['echo not reached'],
      }),
    );
    await using place = createRig(); // a socket in the project could not be copied
    await using engine = await openEngineProxy(place.folder);
    const running = rig.start(['build'], { environment: { DOCKER_HOST: engine.host } });
    await slow.reached;
    engine.stop();
    const { exitCode, stdout, stderr } = await running.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('`slipway clean` removes what is left once the engine is back');
    expect(stdout).not.toContain('not reached');
    await rig.run(['clean']);
  });

  it('hears nothing more from its registry reaches its time limit', async () => {
    await using slow = await openCuttingProxy(registry.host, 300_000, { stall: true });
    adopt(`${slow.host}/slow`, 'latest');
    const steps = ['head -c 3000000 /dev/urandom > /big', push({ repository: `${slow.host}/slow` })];
    await using rig = createRig(pipelineFile({ steps }));
    const { exitCode, stderr } = await rig.run(['build', '--no-response-timeout', '0.1']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Command timed out after no response');
  });

  it('is stopped by Ctrl-C ends at once, and leaves nothing', async () => {
    await using slow = await openCuttingProxy(registry.host, 300_000, { stall: true });
    const repository = `${slow.host}/stalled`;
    adopt(repository, 'latest');
    await using rig = createRig(
      pipelineFile({ steps: ['head -c 3000000 /dev/urandom > /big', push({ repository })] }),
    );
    const running = rig.start(['build']);
    await slow.reached;
    running.process.kill('SIGINT');
    const { exitCode, stderr } = await running.finished;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('interrupted');
  });
});
