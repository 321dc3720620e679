import { describe, expect, it } from 'vitest';
import { freshId, pipelineFile, script } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const STEPS = [
  script({
    name: 'compile',
    code: 'mkdir "$WERCKER_OUTPUT_DIR/bin"; echo program >"$WERCKER_OUTPUT_DIR/bin/app"',
  }),
  script({
    name: 'link',
    code: 'ln -s bin/app "$WERCKER_OUTPUT_DIR/app"; chmod 755 "$WERCKER_OUTPUT_DIR/bin/app"',
  }),
];

describe('what a build leaves', { timeout: 120_000 }, () => {
  it('can be listed, looked into, kept and removed', async () => {
    await using rig = createRig(pipelineFile({ steps: STEPS }));
    const runId = freshId('kept');
    expect((await rig.run(['build', '--artifacts', '--run-id', runId])).exitCode).toBe(0);
    const page = await rig.run(['runs', 'latest']);
    expect(page.stdout).toMatch(new RegExp(`^Run ${runId} {2}build build {2}passed\n`));
    expect(page.stdout).toMatch(/\n {2}✓ compile +\d/);
    const file = /\n {4}(\/.*output\.tar)\n/.exec(page.stdout)?.[1] ?? '';
    expect(file).toContain(`${rig.dataFolder}/store/`);
    const listed = await rig.run(['artifacts', 'list', runId]);
    expect(listed.stdout.split('\n')[1]).toMatch(/^output {2}output\.tar {2}.* 2 +\S+( ago)?$/);
    const entries = await rig.run(['artifacts', 'list', runId, 'output', '--long']);
    expect(entries.stdout).toMatch(
      /^lrwxrwxrwx .* app -> bin\/app\ndrwx.* bin\/\n-rwxr-xr-x +8 .*[0-9a-f]{64} {2}bin\/app\n$/,
    );
    await rig.run(['runs', 'remove', runId]);
    expect((await rig.run(['runs'])).stderr).toContain('yet: slipway build makes one');
    expect(rig.exists(file)).toBe(false);
  });

  it('is told of a run that failed too', async () => {
    await using rig = createRig(pipelineFile({ steps: [script({ name: 'fails', code: 'exit 3' })] }));
    const runId = freshId('failed');
    expect((await rig.run(['build', '--run-id', runId])).exitCode).toBe(1);
    const { stdout } = await rig.run(['runs', '--result', 'failed']);
    expect(stdout).toContain(runId);
    expect((await rig.run(['runs', runId])).stdout).toMatch(/failed\n[\s\S]*✗ fails/);
  });
});
