import type { Plan, PlannedStep } from '../pipeline/index.ts';
import type { Box } from './box.ts';
import { commitCheckpoint } from './commit.ts';
import type { RunContext } from './context.ts';
import { runStep, type StepResult } from './run-step.ts';
import type { CommandOutcome } from './session/index.ts';
import { linkStep } from './stage-files.ts';

export interface StepsOptions {
  readonly plan: Plan;
  readonly phase: 'main' | 'after';
  readonly signal: AbortSignal;
  /** The image that the box was started from, for checkpoints. */
  readonly repository: string;
  /** How often each name of a link to a step has been given, over both phases. */
  readonly links: Map<string, number>;
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

/** Runs steps one after the other in the box's session, up to the first that does not pass. */
export async function runSteps(context: RunContext, box: Box, options: StepsOptions): Promise<StepsResult> {
  const { plan, phase, signal } = options;
  const steps = phase === 'main' ? plan.steps : plan.afterSteps;
  const first = firstStep(context, steps, phase);
  skip(context, steps.slice(0, first), phase);
  let outcome: CommandOutcome | undefined;
  for (const [i, step] of steps.entries()) {
    if (i < first) continue;
    if (signal.aborted) return { result: 'interrupted', ...(outcome === undefined ? {} : { outcome }) };
    linkStep(context, step, options.links);
    const result = await runStep(context, box, {
      step,
      phase,
      index: i + 1,
      count: steps.length,
      limits: plan,
      signal,
    });
    outcome = result.outcome;
    if (result.result !== 'passed') {
      skip(context, steps.slice(i + 1), phase);
      return { result: result.result, failed: { step, result }, outcome };
    }
    if (step.checkpoint !== undefined) {
      await commitCheckpoint(context, box, { repository: options.repository, checkpoint: step.checkpoint });
    }
  }
  return { result: 'passed', ...(outcome === undefined ? {} : { outcome }) };
}
