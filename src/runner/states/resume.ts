import type { Plan } from '../../pipeline/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { restoreShell } from '../shell-state.ts';
import { type FoundState, findRun, loadState } from './find-state.ts';
import { findStep } from './find-step.ts';
import { keptStep, type StateKeeper } from './keep-states.ts';
import { type StatesRecord, stateName } from './record.ts';
import { bringChanges, compareSource, listSource } from './source-changes.ts';
import { openStateFolder } from './state-folder.ts';

/** A run that goes on where another was. */
export interface Resumption extends FoundState {
  /** The place of the first step that runs. */
  readonly first: number;
}

/** How many steps the kept run had done before the one at `place` of the plan: the same step there, or the same place. */
function keptIndex(record: StatesRecord, plan: Plan, place: number): number {
  const wanted = plan.steps[place]?.displayName;
  const sameName = record.steps.flatMap((step, i) => (step.displayName === wanted ? [i] : []));
  return sameName.length === 1 ? (sameName[0] ?? place) : place;
}

/** Tells which of the steps that are skipped are no longer what was run. */
function warnOfChanges({ notice }: RunContext, { record, plan, place, index }: Skipped): void {
  const before = record.steps.slice(0, index);
  const now = plan.steps.slice(0, place).map(keptStep);
  const known = new Set(before.map((step) => `${step.displayName}\n${step.fingerprint}`));
  const changed = now.filter((step) => !known.has(`${step.displayName}\n${step.fingerprint}`));
  const gone = before.filter((step) => !now.some(({ displayName }) => displayName === step.displayName));
  for (const { displayName } of changed) {
    notice(
      'warning',
      `The step "${displayName}" is not what the kept run did there; it is skipped as it was then`,
    );
  }
  for (const { displayName } of gone) {
    notice('warning', `The kept run also did the step "${displayName}", which is not in the file any more`);
  }
}

interface Skipped {
  readonly record: StatesRecord;
  readonly plan: Plan;
  readonly place: number;
  readonly index: number;
}

/** Gives the initialised box what the state's shell held. */
export async function resume(
  context: RunContext,
  box: Box,
  { record, shell, base, keeper }: Resumption & { readonly keeper: StateKeeper | undefined },
): Promise<void> {
  const before = await openStateFolder(context.request.workingDir).readSource(record.runId);
  if (before !== undefined) {
    await bringChanges(context, box, compareSource(before, await listSource(context)));
  }
  await keeper?.keepBase(box);
  await restoreShell(context, box, shell, base);
}

/** The state that the request wants to begin in; `undefined` where it begins at the start. Throws `RunError`. */
export async function findResumption(context: RunContext, plan: Plan): Promise<Resumption | undefined> {
  const { request, engine, notice } = context;
  const from = request.states?.from;
  if (from === undefined) return undefined;
  if (request.checkpoint !== undefined) {
    throw new RunError({
      reason: 'state',
      message: '--from and --checkpoint both say where to begin: choose one',
    });
  }
  const { pipeline, kind, workingDir } = request;
  const application = request.application.name;
  const place = findStep(plan.steps, from.step);
  const preferred = (record: StatesRecord): boolean =>
    record.states.some((state) => state.index === keptIndex(record, plan, place));
  const record = await findRun(workingDir, from.runId, { pipeline, kind, application, preferred });
  const index = keptIndex(record, plan, place);
  const found = await loadState(engine, workingDir, { record, index });
  warnOfChanges(context, { record, plan, place, index });
  const at = new Date(found.state.at).toISOString();
  notice(
    'info',
    `Going on from the state "${stateName(record, found.state)}" of run ${record.runId}, kept ${at}`,
  );
  if (plan.services.length > 0) notice('info', 'Services start fresh: what they held is in no state');
  if (record.mounts.length > 0)
    notice('warning', `Not in the state, because it was mounted: ${record.mounts.join(', ')}`);
  return { ...found, first: place };
}
