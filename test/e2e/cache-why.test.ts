import { describe, expect, it } from 'vitest';
import { pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const BUSY_MACHINE_MS = 60_000; // a run and several looks, beside other tests

describe.concurrent('slipway cache why', { timeout: BUSY_MACHINE_MS }, () => {
  it('names what a build depends on, and what changed since the newest one in the cache', async () => {
    await using rig = createRig(
      pipelineFile({ steps: [script({ name: 'compile', code: 'cat a >$WERCKER_OUTPUT_DIR/b' })] }),
    );
    rig.write('a', 'one');
    const before = await rig.run(['cache', 'why']);
    expect(before.exitCode, before.stderr).toBe(0);
    expect(before.stdout).toMatch(/^Key [0-9a-f]{64}$/m);
    expect(before.stdout).toMatch(/^step +compile +[0-9a-f]{12}/m);
    expect(before.stdout).toMatch(/^source +files +[0-9a-f]{12} +2 files$/m);
    expect(before.stdout).toContain('No build of this pipeline is in the cache of this machine.');

    expect((await rig.run(['build', '--cache', '--run-id', 'made-it'])).exitCode).toBe(0);
    expect((await rig.run(['cache', 'why'])).stdout).toContain('In the cache: run made-it,');

    rig.write('a', 'two');
    rig.write('c', '');
    const environment = { X_MODE: 'fast', XXX_TOKEN: 's3cret-token' };
    const after = await rig.run(['cache', 'why'], { environment });
    expect(after.stdout).toMatch(/^ {2}~ file a$/m);
    expect(after.stdout).toMatch(/^ {2}\+ file c$/m);
    expect(after.stdout).toMatch(/^ {2}\+ variable MODE$/m);
    expect(after.stdout).toMatch(/^ {2}\+ variable TOKEN$/m);
    expect(after.stdout + after.stderr).not.toContain('s3cret');
  });

  it('gives one line of JSON', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const { stdout } = await rig.run(['cache', 'why', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'cache-key',
      cacheable: true,
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      ref: expect.stringMatching(/^slipway\.build\/.*\/build\/[0-9a-f]{64}$/),
    });
  });

  it('says why a build is not cached', async () => {
    await using rig = createRig(pipelineFile({ steps: [{ 'internal/docker-push': { repository: 'a/b' } }] }));
    const { exitCode, stdout } = await rig.run(['cache', 'why']);
    expect(stdout).toBe(
      'This build is not cached:\n  internal/docker-push works on the engine, not in the box\n',
    );
    expect(exitCode).toBe(0);
  });

  it('takes every flag of a build, and shows those that decide', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const { stdout: help } = await rig.run(['cache', 'why', '--help']);
    expect(help).toContain('--pipeline NAME');
    expect(help).not.toMatch(/--(store-s3|junit|cache-push|commit|from) /);
    const { exitCode, stdout } = await rig.run(['cache', 'why', '--cache', '--commit', 'a/b']);
    expect([exitCode, stdout]).toEqual([0, 'This build is not cached:\n  the box is to become an image\n']);
  });

  it('fails for a file with mistakes', async () => {
    await using rig = createRig('box: [');
    const { exitCode, stderr } = await rig.run(['cache', 'why']);
    expect(stderr).toContain('wercker.yml:1');
    expect(exitCode).toBe(1);
  });
});
