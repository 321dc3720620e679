import { expect, it } from 'vitest';
import type { TaskOutcome } from '../../task/feature.ts';
import { createFeatureRig } from '../testing/feature-rig.ts';
import { interactive } from './interactive.ts';

const OUTCOME: TaskOutcome = { success: true, exitCode: 0, containerId: 'container' };

it('offers no shell of a container that ended before it was known how', async () => {
  await using rig = await createFeatureRig({ isSlipway: true });
  const { task, queue } = rig;
  const feature = interactive.start(task);
  await feature.link?.(task);
  const asking = queue.holdNext('isSlipway');
  const starting = feature.started?.(task, 'container');
  await asking.reached;
  await feature.killed?.(task, OUTCOME);
  asking.release();
  await starting;
  expect(queue.callsOf('createArtifact')).toEqual([]);
});
