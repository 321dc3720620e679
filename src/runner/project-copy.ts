import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRequest } from './request.ts';
import { moved, swapFolder } from './swap-folder.ts';
import { pointLink, type WorkingFolder } from './working-folder.ts';

/** Whether the copy is of something else than the project, so that the next run has no use for it. */
const isOwn = ({ source }: RunRequest): boolean =>
  source.type === 'folders' || (source.type === 'folder' && source.ownCopy === true);

/**
 * Makes the copy that the last run of this project left the run's own, so that only what has changed is copied again.
 * Moving it is what makes it safe: of two runs at once one gets it, and the other copies everything.
 */
export async function takeProjectCopy(folder: WorkingFolder, request: RunRequest): Promise<void> {
  if (!isOwn(request)) await moved(folder.keptProject, folder.project, ['ENOENT']);
}

/** Leaves the copy for the next run, where this one made one; the last run that ends decides which copy stays. */
export async function keepProjectCopy(folder: WorkingFolder, request: RunRequest): Promise<void> {
  const link = join(folder.run, 'source');
  if (isOwn(request)) return await rm(link, { force: true });
  const found = await stat(folder.project).catch(() => undefined);
  if (found === undefined) return; // a direct mount has none
  const { project: fresh, keptProject: place, temporary } = folder;
  await swapFolder({ fresh, place, temporary });
  await pointLink(link, place);
}
