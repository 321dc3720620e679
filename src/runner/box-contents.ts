import { join } from 'node:path';
import { packItems, type TarItem } from '../archive/index.ts';
import type { Plan, PlannedStep } from '../pipeline/index.ts';
import type { FileOwner } from './box-user.ts';
import { whileReadingCache } from './cache-turns.ts';
import type { RunContext } from './context.ts';
import { hasFiles, INIT_FOLDER, type StagedFiles } from './stage-files.ts';
import { reportFolder, stepFolder, stepScript } from './step-script.ts';

const relative = (path: string): string => path.replace(/^\/+/, '');

function stepItems(context: RunContext, step: PlannedStep): TarItem[] {
  if (!hasFiles(step)) return [];
  const folder = join(context.folder.run, step.safeId);
  const files: TarItem = { type: 'tree', folder, name: relative(stepFolder(step.safeId)) };
  return [
    ...(context.request.box.readOnlyMounts ? [] : [files]),
    // Both, because a folder that the tar only implies belongs to root, and the box may run as somebody else.
    { type: 'folder', name: relative(reportFolder(step.safeId)) },
    { type: 'folder', name: relative(`${reportFolder(step.safeId)}/artifacts`) },
  ];
}

/** Each step's script; what an earlier step of the same name exported must not leak into it. */
function scriptItems(
  context: RunContext,
  { plan, staged }: ContentsOptions,
  steps: readonly PlannedStep[],
): TarItem[] {
  const exported = new Map<string, readonly string[]>();
  const sourced = steps.filter(hasFiles);
  return sourced.map((step) => {
    const before = exported.get(step.name) ?? [];
    const names = step.environment.map(({ name }) => name);
    exported.set(step.name, [...new Set([...before, ...names])]);
    const { path, text } = stepScript({
      step,
      sourceDir: plan.sourceDir,
      ...(staged.steps.get(step) ?? { hasInit: false, hasRun: false }),
      unset: before.filter((name) => !names.includes(name)),
      artifacts: context.request.artifacts,
    });
    return { type: 'file', name: relative(path), content: Buffer.from(text) };
  });
}

export interface ContentsOptions {
  /** The source is in the image already. */
  readonly keepSource: boolean;
  readonly plan: Plan;
  readonly staged: StagedFiles;
  /** The box begins in a kept state: source and cache are there. @defaultValue false */
  readonly resumed?: boolean;
}

/**
 * All that a box gets before it starts, as one tar for its root: the source, the steps' files, the cache, and the
 * folders that steps write to. One request instead of a mount and copies, so it works with an engine on another host
 * and where labels forbid a mount to be read.
 */
export function boxContents(
  context: RunContext,
  options: ContentsOptions,
  owner: FileOwner,
): AsyncIterable<Uint8Array> {
  const { project, cache, run } = context.folder;
  const { plan } = options;
  const { directMount, readOnlyMounts } = context.request.box;
  const source: TarItem = { type: 'tree', folder: project, name: relative(plan.basePath) };
  const copied: TarItem[] = [
    ...(options.keepSource ? [] : [source]),
    { type: 'tree', folder: cache, name: 'pipeline/cache' },
  ];
  const tar = packItems(
    [
      { type: 'folder', name: 'pipeline' },
      { type: 'folder', name: 'pipeline/output' },
      { type: 'tree', folder: join(run, INIT_FOLDER), name: `pipeline/${INIT_FOLDER}` },
      ...(directMount || readOnlyMounts || options.resumed ? [] : copied),
      ...[...plan.steps, ...plan.afterSteps].flatMap((step) => stepItems(context, step)),
      ...scriptItems(context, options, plan.steps),
      ...scriptItems(context, options, plan.afterSteps),
    ],
    { owner },
  );
  return directMount ? tar : whileReadingCache(context.folder, tar);
}
