import { describe, expect, it } from 'vitest';
import { openEngineProxy } from '../support/engine-proxy.ts';
import { docker } from '../support/images.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { createRig, leftOf } from '../support/rig.ts';

const KILLED = freshId('killed');
const REMOVED = freshId('removed');

describe.concurrent('an engine that is not there', () => {
  it.each(['unix:///nonexistent/docker.sock', 'tcp://127.0.0.1:1'])(
    'is told, with its address and what to do: %s',
    async (host) => {
      await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
      const { exitCode, stdout, stderr } = await rig.run(['build'], {
        environment: { DOCKER_HOST: host },
      });
      expect(stderr).toContain(`no container engine at ${host}`);
      expect(stderr).toContain('start Docker or Podman, or point DOCKER_HOST at an engine');
      expect(stderr.split(host)).toHaveLength(2);
      expect(stdout).toBe('');
      expect(exitCode).toBe(1);
    },
  );

  it('is told by clean, too', async () => {
    await using rig = createRig();
    const { exitCode, stderr } = await rig.run(['clean', '--docker-host', 'unix:///nonexistent']);
    expect(stderr).toContain('no container engine at unix:///nonexistent');
    expect(exitCode).toBe(1);
  });

  it.each(['ftp://x', 'nonsense'])('is refused where its address is none: %s', async (host) => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    const { exitCode, stderr } = await rig.run(['build', '--docker-host', host]);
    expect(stderr).toContain(host);
    expect([1, 2]).toContain(exitCode);
  });
});

describe.concurrent('an engine that stops', () => {
  it('in the middle of a step fails the run, which does not wait for the step, and clean removes what is left', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['echo begun; sleep 1000', 'echo never'], afterSteps: ['echo never'] }),
    );
    await using engine = await openEngineProxy(rig.folder);
    rig.write('.werckerignore', 'engine.sock\n');
    const run = rig.start(['build'], { environment: { DOCKER_HOST: engine.host } });
    await run.waitFor('begun\n');
    engine.stop();
    const { exitCode, stdout, stderr } = await run.finished;
    expect(stderr).toContain('the box was lost');
    expect(stderr).toContain('no container engine at');
    expect(stderr).toContain('hint: `slipway clean` removes what is left');
    expect(stderr).not.toMatch(/mistake in Slipway|Unhandled|at .*\.ts:/);
    expect(stdout).toBe('begun\n');
    expect(exitCode).toBe(1);
    expect((await rig.run(['clean'])).exitCode).toBe(0);
    expect(await leftOf(rig.folder)).toEqual([]);
  });

  it('during the set-up fails the run in words', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo never'] }));
    await using engine = await openEngineProxy(rig.folder);
    rig.write('.werckerignore', 'engine.sock\n');
    const run = rig.start(['build'], { environment: { DOCKER_HOST: engine.host } });
    await run.waitFor('setup environment');
    engine.stop();
    const { exitCode, stdout, stderr } = await run.finished;
    expect(stderr).toContain('no container engine at');
    expect(stderr).not.toMatch(/mistake in Slipway|Unhandled|at .*\.ts:/);
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
    await rig.run(['clean']);
  });
});

describe.concurrent('a box that ends', () => {
  it('when it is killed from outside fails the step, and the after-steps run in it again', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['echo kept > /kept; echo begun; sleep 1000', 'echo never'],
        afterSteps: ['echo "$WERCKER_RESULT $WERCKER_FAILED_STEP_MESSAGE $(cat /kept) $WERCKER_SOURCE_DIR"'],
      }),
    );
    const run = rig.start(['build', '--run-id', KILLED]);
    await run.waitFor('begun\n');
    docker('kill', `wercker-pipeline-${KILLED}`);
    const { exitCode, stdout, stderr } = await run.finished;
    expect(stderr).toContain('the box ended with exit code 137');
    expect(stdout).toBe('begun\nfailed Command cancelled due to error kept /pipeline/source\n');
    expect(exitCode).toBe(1);
  });

  it('when it is removed from outside fails the run in words', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['echo begun; sleep 1000'], afterSteps: ['echo never'] }),
    );
    const run = rig.start(['build', '--run-id', REMOVED]);
    await run.waitFor('begun\n');
    docker('rm', '-f', `wercker-pipeline-${REMOVED}`);
    const { exitCode, stdout, stderr } = await run.finished;
    expect(stderr).toMatch(/Step failed: script \(the box (was removed|ended with exit code 137)\)/);
    expect(stderr).not.toMatch(/mistake in Slipway|Unhandled|at .*\.ts:/);
    expect(stdout).toBe('begun\n');
    expect(exitCode).toBe(1);
  });
});
