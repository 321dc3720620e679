import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFakeEngine } from '../../engine/fake/index.ts';
import type { StatesRecord } from './record.ts';
import { removeOldStates } from './remove-states.ts';
import { openStateFolder } from './state-folder.ts';
import { stateImage } from './state-image.ts';

const recordOf = (runId: string, at: number): StatesRecord => ({
  version: 1,
  runId,
  kind: 'build',
  pipeline: 'build',
  application: 'app',
  at,
  mounts: [],
  steps: [],
  states: [
    { index: 0, image: stateImage(runId, 0), imageId: 'x', sizeBytes: 0, durationMs: 0, at, omitted: [] },
  ],
});

it('removes the states of all but the newest runs, and not those that a run is about to begin in', async () => {
  const workingDir = await mkdtemp(join(tmpdir(), 'slipway-states-'));
  onTestFinished(() => rm(workingDir, { recursive: true, force: true }));
  await using engine = await createFakeEngine();
  const folder = openStateFolder(workingDir);
  const ids = ['1'.repeat(24), '2'.repeat(24), '3'.repeat(24)];
  for (const [i, runId] of ids.entries()) {
    await folder.write(recordOf(runId, i));
    await engine.tagImage('localhost/slipway-busybox:1', stateImage(runId, 0));
  }
  const [oldest = ''] = ids;
  expect(await removeOldStates(engine, { workingDir, keepRuns: 1, resumedRun: oldest })).toBe(1);
  expect((await folder.list()).map(({ runId }) => runId)).toEqual([ids[2], oldest]);
  expect(await engine.inspectImage(stateImage(oldest, 0))).toBeDefined();
  expect(await engine.inspectImage(stateImage(ids[1] ?? '', 0))).toBeUndefined();
});
