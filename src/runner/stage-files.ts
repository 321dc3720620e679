import { rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyTree } from '../archive/index.ts';
import type { Plan, PlannedStep } from '../pipeline/index.ts';
import { initScript, scriptStepFile } from '../steps/index.ts';
import type { RunContext } from './context.ts';
import { pointLink } from './working-folder.ts';

/** Which of the two files that a step may bring it has. */
export interface StepFiles {
  readonly hasInit: boolean;
  readonly hasRun: boolean;
}

export interface StagedFiles {
  readonly steps: ReadonlyMap<PlannedStep, StepFiles>;
}

const EXECUTABLE = 0o755;
/** The built-in first step, in the run folder and below `/pipeline`. */
export const INIT_FOLDER = 'wercker-init';

/** Where the code of a watch is, in the step's folder. */
export const CODE_FILE = 'code.sh';

const isWatch = ({ source, name }: PlannedStep): boolean => source.kind === 'internal' && name === 'watch';

/** Whether a step has files in the box; the work of most built-in steps is done out here. */
export const hasFiles = (step: PlannedStep): boolean => step.source.kind !== 'internal' || isWatch(step);

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function writeScript(folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'run.sh'), text);
  await chmod(join(folder, 'run.sh'), EXECUTABLE);
}

/** The code of a watch: no `run.sh`, since the step itself says when it is run. */
async function writeCode(folder: string, code: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, CODE_FILE), `set +e\n${code}\n`);
}

async function stageStep(context: RunContext, step: PlannedStep): Promise<StepFiles> {
  const folder = join(context.folder.run, step.safeId);
  if (step.source.kind === 'script') await writeScript(folder, scriptStepFile(step.source.code));
  else if (isWatch(step)) await writeCode(folder, step.properties.get('code') ?? '');
  else if (step.folder !== undefined) await copyTree(step.folder, folder, { signal: context.signal });
  const [hasInit, hasRun] = await Promise.all([
    exists(join(folder, 'init.sh')),
    exists(join(folder, 'run.sh')),
  ]);
  return { hasInit, hasRun };
}

/** Puts the files of all steps into the run folder, one folder each, and the run folder's links in place. */
export async function stageFiles(context: RunContext, plan: Plan): Promise<StagedFiles> {
  const { folder, request } = context;
  const steps = new Map<PlannedStep, StepFiles>();
  for (const step of [...plan.steps, ...plan.afterSteps]) steps.set(step, await stageStep(context, step));
  await writeScript(join(folder.run, INIT_FOLDER), initScript({ colour: true }));
  const source =
    request.box.directMount && request.source.type === 'folder' ? request.source.folder : folder.project;
  await pointLink(join(folder.run, 'source'), source);
  await pointLink(join(folder.run, 'cache'), folder.cache);
  await pointLink(join(folder.root, request.kind === 'build' ? 'latest' : 'latest_deploy'), folder.run);
  return { steps };
}

/**
 * The convenience link to a step's folder under its display name: `step-<name>`, and `-2` … for further ones. Done at
 * once rather than in turns of the event loop: it stands between two steps.
 */
export function linkStep(context: RunContext, step: PlannedStep, taken: Map<string, number>): void {
  if (!hasFiles(step)) return;
  const name = `step-${step.displayName.replace(/[^\w.@+-]+/g, '-').slice(0, 100)}`;
  const count = (taken.get(name) ?? 0) + 1;
  taken.set(name, count);
  const link = join(context.folder.run, count === 1 ? name : `${name}-${count}`);
  rmSync(link, { force: true }); // a run of the same id was here before
  symlinkSync(step.safeId, link);
}
