import { describe, expect, it } from 'vitest';
import { keepRun } from '../support/kept-runs.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { createRig, type Rig } from '../support/rig.ts';

const FILE = pipelineFile({ steps: ['echo made >"$WERCKER_OUTPUT_DIR/file"'] });

async function idsOf(rig: Rig): Promise<string[]> {
  const { stdout } = await rig.run(['runs', '--output', 'json']);
  const lines = stdout.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { readonly runId: string }).runId);
}

describe('the retention rules', { timeout: 120_000 }, () => {
  it('apply after a run that stored artifacts, silently', async () => {
    await using rig = createRig(FILE);
    await keepRun(rig, 'old', 45, { result: 'failed' });
    await keepRun(rig, 'kept', 45, { kept: true });
    await keepRun(rig, 'new', 1, { result: 'failed' });
    const runId = freshId('gc');
    const { exitCode, stdout, stderr } = await rig.run(['build', '--artifacts', '--run-id', runId]);
    expect(exitCode).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain('old');
    expect(await idsOf(rig)).toEqual([runId, 'new', 'kept']);
  });

  it('say under --verbose what went', async () => {
    await using rig = createRig(FILE);
    await keepRun(rig, 'old', 45, { result: 'failed' });
    const { stderr } = await rig.run(['build', '--artifacts', '--verbose']);
    expect(stderr).toContain('Removed run old: it ended 45 days ago, and runs are kept for 30 days');
  });

  it.each([
    [['build', '--artifacts', '--no-gc'], ''],
    [['build', '--artifacts'], 'retention: {automatic: false}'],
    [['build'], ''],
  ])('wait for slipway gc after %j with the configuration %j', async (words, configuration) => {
    await using rig = createRig(FILE);
    await keepRun(rig, 'old', 45, { result: 'failed' });
    rig.write('.config/slipway/config.yaml', configuration);
    expect((await rig.run(words)).exitCode).toBe(0);
    expect(await idsOf(rig)).toContain('old');
    expect((await rig.run(['gc'])).stdout).toContain('Removed 1 run');
  });

  it('leave as many runs of the application as was said', async () => {
    await using rig = createRig(FILE);
    rig.write('.config/slipway/config.yaml', 'retention: {keepRuns: 2}');
    for (const id of ['a', 'b', 'c']) await rig.run(['build', '--artifacts', '--run-id', freshId(id)]);
    expect(await idsOf(rig)).toHaveLength(2);
  });
});
