import { join } from 'node:path';
import type { RecordedArtifact, RunRecord } from '../../src/artifacts/index.ts';
import { putRun } from '../../src/artifacts/testing/kept-run.ts';
import { type ObjectStore, openStore } from '../../src/store/index.ts';
import type { Rig } from './rig.ts';

const DAY_MS = 24 * 60 * 60_000;

/** The store of a rig's data folder, as the program opens it. */
export const openRigStore = (rig: Rig): Promise<ObjectStore> =>
  openStore({ type: 'folder', folder: join(rig.dataFolder, 'store') });

/** Puts a run with one artifact there that ended so many days ago, and took ten seconds. */
export async function keepRun(
  rig: Rig,
  runId: string,
  daysAgo: number,
  fields: Partial<RunRecord> = {},
  artifact: Partial<RecordedArtifact> = {},
): Promise<RunRecord> {
  await using store = await openRigStore(rig);
  const finishedAt = Date.now() - daysAgo * DAY_MS;
  const times = { startedAt: finishedAt - 10_000, finishedAt };
  return await putRun(store, { runId, ...times, ...fields }, artifact);
}
