import { join } from 'node:path';
import { packItems, type TarItem } from '../archive/index.ts';
import type { Plan, PlannedStep } from '../pipeline/index.ts';
import type { FileOwner } from './box-user.ts';
import type { RunContext } from './context.ts';
import { INIT_FOLDER } from './stage-files.ts';
import { reportFolder, stepFolder } from './step-script.ts';

const relative = (path: string): string => path.replace(/^\/+/, '');

function stepItems(context: RunContext, step: PlannedStep): TarItem[] {
  return [
    { type: 'tree', folder: join(context.folder.run, step.safeId), name: relative(stepFolder(step.safeId)) },
    // Both, because a folder that the tar only implies belongs to root, and the box may run as somebody else.
    { type: 'folder', name: relative(reportFolder(step.safeId)) },
    { type: 'folder', name: relative(`${reportFolder(step.safeId)}/artifacts`) },
  ];
}

/**
 * All that a box gets before it starts, as one tar for its root: the source, the steps' files, the cache, and the
 * folders that steps write to. One request instead of a mount and copies, so it works with an engine on another host
 * and where labels forbid a mount to be read.
 */
export function boxContents(context: RunContext, plan: Plan, owner: FileOwner): AsyncIterable<Uint8Array> {
  const { project, cache } = context.folder;
  const copied: TarItem[] = [
    { type: 'tree', folder: project, name: relative(plan.basePath) },
    { type: 'tree', folder: cache, name: 'pipeline/cache' },
  ];
  return packItems(
    [
      { type: 'folder', name: 'pipeline' },
      { type: 'folder', name: 'pipeline/output' },
      { type: 'tree', folder: join(context.folder.run, INIT_FOLDER), name: `pipeline/${INIT_FOLDER}` },
      ...(context.request.box.directMount ? [] : copied),
      ...[...plan.steps, ...plan.afterSteps].flatMap((step) => stepItems(context, step)),
    ],
    { owner },
  );
}
