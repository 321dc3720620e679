import { type Engine, EngineError } from '../../engine/index.ts';
import type { StatesRecord } from './record.ts';
import { openStateFolder } from './state-folder.ts';
import { isStateImage, STATE_LABEL } from './state-image.ts';

async function removeImage(engine: Engine, reference: string): Promise<boolean> {
  try {
    await engine.removeImage(reference);
    return true;
  } catch (error) {
    // A container runs from it: the next time.
    if (error instanceof EngineError && error.code === 'CONFLICT') return false;
    throw error;
  }
}

/** The newest first, for they are made of those before. */
async function removeRun(engine: Engine, workingDir: string, record: StatesRecord): Promise<void> {
  const done: boolean[] = [];
  for (const { image } of record.states.toReversed()) done.push(await removeImage(engine, image));
  if (done.every(Boolean)) await openStateFolder(workingDir).forget(record.runId);
}

export interface OldStates {
  readonly workingDir: string;
  readonly keepRuns: number;
  /** One that somebody is about to begin in keeps its own, however old it is. */
  readonly resumedRun?: string;
}

/** Removes the states of all but the newest runs of a working folder. Returns how many runs lost theirs. */
export async function removeOldStates(
  engine: Engine,
  { workingDir, keepRuns, resumedRun }: OldStates,
): Promise<number> {
  const records = await openStateFolder(workingDir).list();
  const old = records.slice(keepRuns).filter(({ runId }) => runId !== resumedRun);
  for (const record of old) await removeRun(engine, workingDir, record);
  return old.length;
}

/** Removes every state that this engine and this working folder have. Returns the number of images. */
export async function removeAllStates(engine: Engine, workingDir: string): Promise<number> {
  const images = await engine.listImages({ label: STATE_LABEL });
  let removed = 0;
  for (const { references } of images) {
    // The label also comes to what is committed from a box that began in a state: that is somebody's own image.
    for (const name of references.filter(isStateImage)) if (await removeImage(engine, name)) removed += 1;
  }
  const folder = openStateFolder(workingDir);
  for (const { runId } of await folder.list()) await folder.forget(runId);
  return removed;
}
