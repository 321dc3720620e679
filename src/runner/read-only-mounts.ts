import { join } from 'node:path';
import type { Mount } from '../engine/index.ts';
import { type Plan, type PlannedStep, shellQuote } from '../pipeline/index.ts';
import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { stepFolder } from './step-script.ts';

/** With `--read-only-mounts`, where the box sees the run's files; the original always mounted them there. */
const MOUNT_ROOT = '/mnt';

interface Copied {
  /** On this machine. */
  readonly folder: string;
  readonly mountedAt: string;
  readonly copiedTo: string;
}

const stepsWithFiles = (plan: Plan): PlannedStep[] =>
  [...plan.steps, ...plan.afterSteps].filter(({ source }) => source.kind !== 'internal');

function copiedFolders({ folder }: RunContext, plan: Plan): Copied[] {
  return [
    { folder: folder.project, mountedAt: `${MOUNT_ROOT}/source`, copiedTo: plan.basePath },
    { folder: folder.cache, mountedAt: `${MOUNT_ROOT}/cache`, copiedTo: '/pipeline/cache' },
    ...stepsWithFiles(plan).map(({ safeId }) => ({
      folder: join(folder.run, safeId),
      mountedAt: `${MOUNT_ROOT}/${safeId}`,
      copiedTo: stepFolder(safeId),
    })),
  ];
}

export const readOnlyMounts = (context: RunContext, plan: Plan): Mount[] =>
  copiedFolders(context, plan).map(({ folder, mountedAt }) => ({
    source: folder,
    target: mountedAt,
    readOnly: true,
  }));

/**
 * Copies the mounted folders to where the steps find them, with the box's own `cp`. The copies belong to whoever the box
 * runs as, as they do without mounts. Throws `RunError` where the box cannot.
 */
export async function copyFromMounts(context: RunContext, box: Box): Promise<void> {
  for (const { mountedAt, copiedTo } of copiedFolders(context, box.plan.plan)) {
    const [from, to] = [shellQuote(`${mountedAt}/.`), shellQuote(copiedTo)];
    const copy = `mkdir -p ${to} && cp -a ${from} ${to} && { [ "$(id -u)" != 0 ] || chown -R 0:0 ${to}; }`;
    const outcome = await box.session.run(`( ${copy} ) 2>&7; __slipway_status=$?`);
    if (outcome.type === 'finished' && outcome.exitCode === 0) continue;
    throw new RunError({
      reason: 'box',
      message: `the box could not copy ${mountedAt} to ${copiedTo}`,
      hint: 'its image needs mkdir, cp, chown and id; or leave --read-only-mounts out',
    });
  }
}
