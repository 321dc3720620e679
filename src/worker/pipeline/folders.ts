import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskContext } from '../task/task-context.ts';

/** Where the parts of a pipeline's run are on this machine; all but the steps go with the run. Absolute. */
export interface PipelineFolders {
  readonly source: string;
  /** What `.wercker` is beside a project. */
  readonly working: string;
  readonly cache: string;
}

/** Makes the folders of a run. Steps that were fetched before are shared by all runs of the worker. */
export async function makeFolders({ folder, settings }: TaskContext): Promise<PipelineFolders> {
  const working = join(folder, 'pipeline', 'work');
  const steps = join(settings.volume, 'slipway-worker', 'steps');
  await Promise.all([mkdir(working, { recursive: true }), mkdir(steps, { recursive: true, mode: 0o700 })]);
  await symlink(steps, join(working, 'steps'));
  return { source: join(folder, 'pipeline', 'source'), working, cache: join(working, 'cache') };
}
