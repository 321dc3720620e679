import { readFileFromTar } from '../archive/index.ts';
import type { PlannedStep } from '../pipeline/index.ts';
import type { Box } from './box.ts';
import { explainBoxEnd } from './box-end.ts';
import { runBuiltIn } from './built-in/run-built-in.ts';
import type { RunContext } from './context.ts';
import { endProcesses } from './end-processes.ts';
import { watchLimits } from './limits.ts';
import type { RunFailure } from './request.ts';
import type { CommandOutcome } from './session/index.ts';
import { keepStepArtifacts } from './step-artifacts.ts';
import { INTERRUPTED, type StepVerdict, stepVerdict } from './step-outcome.ts';
import { reportFolder, STEP_FLAG, stepCommand } from './step-script.ts';

export interface StepRun {
  readonly step: PlannedStep;
  readonly phase: 'main' | 'after';
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly limits: { readonly commandTimeoutMs: number; readonly noResponseTimeoutMs: number };
  /** Ends the step early; absent for after-steps that run after an interrupt. */
  readonly signal: AbortSignal;
}

export interface StepResult extends StepVerdict {
  readonly outcome: CommandOutcome;
}

const MESSAGE_BYTES = 64 * 1024;

/** Runs one step in the box's session, and collects what it reports. */
export async function runStep(context: RunContext, box: Box, run: StepRun): Promise<StepResult> {
  const { step, phase, index, count } = run;
  const { safeId, displayName } = step;
  const startedAt = performance.now();
  context.emit({ type: 'step-started', at: Date.now(), safeId, displayName, phase, index, count });
  const work = step.source.kind === 'internal' ? runBuiltIn : runScript;
  const { outcome, verdict } = await work(context, box, run);
  context.flushOutput();
  const message = (await reportedMessage(context, box, step, outcome)) ?? verdict.message;
  const { message: _, ...rest } = verdict;
  const own = message === undefined ? rest : { ...rest, message };
  const keeps = context.request.artifacts && mayHave(outcome, STEP_FLAG.artifacts);
  const unkept = keeps
    ? await keepStepArtifacts({ ...context, signal: run.signal }, box.id, safeId)
    : undefined;
  const { failure, ...described } = unkept === undefined ? own : withoutArtifacts(context, own, unkept);
  const durationMs = performance.now() - startedAt;
  context.emit({
    type: 'step-finished',
    at: Date.now(),
    safeId,
    displayName,
    phase,
    durationMs,
    ...described,
  });
  return { ...described, ...(failure !== undefined && { failure }), outcome };
}

/** What a step is whose artifacts could not be kept: one that failed by itself stays that. */
function withoutArtifacts(context: RunContext, verdict: StepVerdict, failure: RunFailure): StepVerdict {
  const { reason, message, hint } = failure;
  if (reason === 'interrupted') return verdict.result === 'passed' ? INTERRUPTED : verdict;
  if (verdict.result === 'passed')
    return { ...verdict, result: 'failed', message, ...(hint !== undefined && { detail: hint }), failure };
  context.notice('error', hint === undefined ? message : `${message}; ${hint}`);
  return verdict;
}

async function runScript(
  context: RunContext,
  box: Box,
  run: StepRun,
): Promise<{ outcome: CommandOutcome; verdict: StepVerdict }> {
  const running = Promise.withResolvers<CommandOutcome>();
  let ending: Promise<void> | undefined;
  using watch = watchLimits({
    ...run.limits,
    signal: run.signal,
    onExpire: () => {
      ending = endProcesses(context.engine, box.id, running.promise);
    },
  });
  context.route.safeId = run.step.safeId;
  context.route.touch = watch.touch;
  const ended = await box.session.run(stepCommand(run.step));
  running.resolve(ended);
  await ending;
  const lost = ended.type === 'container-ended';
  const outcome = lost ? await explainBoxEnd(context.engine, box.id) : ended;
  return { outcome, verdict: stepVerdict(outcome, watch.expiry) };
}

/** Whether to ask the engine: a command that came to its end says so, of any other it is not known. */
const mayHave = (outcome: CommandOutcome, flag: string): boolean =>
  outcome.type === 'finished' ? outcome.flags.includes(flag) : true;

async function reportedMessage(
  context: RunContext,
  box: Box,
  step: PlannedStep,
  outcome: CommandOutcome,
): Promise<string | undefined> {
  if (!mayHave(outcome, STEP_FLAG.message)) return undefined;
  const tar = await context.engine
    .copyOut(box.id, `${reportFolder(step.safeId)}/message.txt`)
    .catch((error: unknown) => {
      // Where the box is lost with the engine, that is what is reported.
      if (outcome.type === 'container-ended') return undefined;
      throw error;
    });
  const bytes = tar === undefined ? undefined : await readFileFromTar(tar, MESSAGE_BYTES);
  return bytes?.toString('utf8');
}
