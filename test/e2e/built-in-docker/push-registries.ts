import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngineProxy } from '../../support/engine-proxy.ts';
import { pipelineFile } from '../../support/pipeline.ts';
import { openPushing } from '../../support/pushing.ts';
import { openRegistry, type Registry, USER } from '../../support/registry.ts';
import { openCuttingProxy } from '../../support/registry-proxy.ts';
import { createRig } from '../../support/rig.ts';

const BUSY_MACHINE_MS = 90_000; // several runs each, beside other tests

const { adopt, registry } = await openPushing();

const push = (properties: Readonly<Record<string, unknown>>) => ({ 'internal/docker-push': properties });

describe.concurrent.each(['basic', 'token'] as const)(
  'a registry with %s authentication',
  { timeout: BUSY_MACHINE_MS },
  (users) => {
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
  },
);

it.concurrent('those who may only pull are refused in words too', { timeout: BUSY_MACHINE_MS }, async () => {
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

const ENGINE_TRIES_MS = 180_000; // it tries five times, and waits 5 s longer each time; all others go on meanwhile

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
