import type { Plan, PlannedStep } from '../pipeline/index.ts';
import type { Box } from './box.ts';
import { commitCheckpoint } from './commit.ts';
import type { RunContext } from './context.ts';
import type { FailureHandler } from './hold/failure-handler.ts';
import { runStep, type StepResult } from './run-step.ts';
import type { CommandOutcome } from './session/index.ts';
import { linkStep } from './stage-files.ts';
import type { StateKeeper } from './states/keep-states.ts';

export interface StepsOptions {
  readonly plan: Plan;
  readonly phase: 'main' | 'after';
  readonly signal: AbortSignal;
  /** The image that the box was started from, for checkpoints. */
  readonly repository: string;
  /** How often each name of a link to a step has been given, over both phases. */
  readonly links: Map<string, number>;
  /** The place of the first that runs. @defaultValue what the request's checkpoint says */
  readonly first?: number;
  readonly keeper?: StateKeeper;
  /** Decides what happens when a step fails; absent: the others are skipped. */
  readonly failures?: FailureHandler;
}

export interface StepsResult {
  readonly result: 'passed' | 'failed' | 'interrupted';
  /** The step that did not pass. */
  readonly failed?: { readonly step: PlannedStep; readonly result: StepResult };
  /** Of the last step that ran: tells whether the session is still there. */
  readonly outcome?: CommandOutcome;
}

/** Where a run from a checkpoint goes on: behind the step that made it. */
function firstStep(context: RunContext, steps: readonly PlannedStep[], phase: 'main' | 'after'): number {
  const { checkpoint } = context.request;
  if (checkpoint === undefined || phase === 'after') return 0;
  const at = steps.findIndex((step) => step.checkpoint === checkpoint);
  if (at < 0) context.notice('warning', `no step makes the checkpoint "${checkpoint}": all steps run`);
  return at + 1;
}

function skip(context: RunContext, steps: readonly PlannedStep[], phase: 'main' | 'after'): void {
  for (const { safeId, displayName } of steps) {
    context.emit({
      type: 'step-finished',
      at: Date.now(),
      safeId,
      displayName,
      phase,
      result: 'skipped',
      durationMs: 0,
    });
  }
}

const ended = (outcome: CommandOutcome | undefined): Pick<StepsResult, 'outcome'> =>
  outcome === undefined ? {} : { outcome };

/**
 * Runs steps one after the other in the box's session, up to the first that does not pass; where somebody decides about
 * failures, from wherever they say.
 */
export async function runSteps(context: RunContext, box: Box, options: StepsOptions): Promise<StepsResult> {
  const { phase, signal, keeper, failures } = options;
  const steps = phase === 'main' ? options.plan.steps : options.plan.afterSteps;
  const first = options.first ?? firstStep(context, steps, phase);
  skip(context, steps.slice(0, first), phase);
  await keeper?.keep(box, first);
  let outcome: CommandOutcome | undefined;
  for (let place = first; place < steps.length; ) {
    const step = steps[place];
    if (step === undefined) break;
    if (signal.aborted) return { result: 'interrupted', ...ended(outcome) };
    await failures?.beforeStep(place);
    const result = await runAt(context, box, { ...options, step, place, count: steps.length });
    outcome = result.outcome;
    if (result.result === 'passed') {
      await keepAfter(context, box, { ...options, step, place });
      place += 1;
      continue;
    }
    const next =
      result.result === 'failed' ? await failures?.afterFailure({ place, step, result }) : undefined;
    if (next === undefined) {
      skip(context, steps.slice(place + 1), phase);
      return { result: signal.aborted ? 'interrupted' : result.result, failed: { step, result }, outcome };
    }
    if (next.outcome !== undefined) outcome = next.outcome;
    place = next.place;
  }
  return { result: 'passed', ...ended(outcome) };
}

interface AtStep extends StepsOptions {
  readonly step: PlannedStep;
  readonly place: number;
}

async function runAt(
  context: RunContext,
  box: Box,
  { step, place, count, phase, plan, signal, links }: AtStep & { readonly count: number },
): Promise<StepResult> {
  linkStep(context, step, links);
  return await runStep(context, box, { step, phase, index: place + 1, count, limits: plan, signal });
}

async function keepAfter(context: RunContext, box: Box, at: AtStep): Promise<void> {
  const { step, place, keeper, repository } = at;
  await keeper?.keep(box, place + 1);
  if (step.checkpoint === undefined) return;
  await commitCheckpoint(context, box, { repository, checkpoint: step.checkpoint });
}
