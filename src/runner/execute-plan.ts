import type { BoxSpec, Plan } from '../pipeline/index.ts';
import { commitBox } from './commit.ts';
import type { RunContext } from './context.ts';
import type { AfterStepFacts, RunEnvironment } from './environment.ts';
import { asFailure } from './failure.ts';
import { freshShell } from './fresh-shell.ts';
import { failureHandler } from './hold/failure-handler.ts';
import { phase } from './phase.ts';
import type { RunFailure, RunResult } from './request.ts';
import { runSteps, type StepsResult } from './run-steps.ts';
import { initialise, type RunningBox, type SetupOptions, setUp } from './setup.ts';
import type { StagedFiles } from './stage-files.ts';
import type { Resumption } from './states/resume.ts';
import { storeArtifacts } from './store-artifacts.ts';
import { storeCache } from './store-cache.ts';

export interface ExecuteOptions {
  readonly plan: Plan;
  readonly environment: RunEnvironment;
  readonly staged: StagedFiles;
  /** As the file names it. */
  readonly ignoreFile?: string;
  /** The run goes on where another was. */
  readonly resumption?: Resumption;
  readonly buildService: (spec: BoxSpec) => Promise<string>;
  /** Told when the box is up: the engine has nothing to do for the run while its steps go on. */
  readonly onSetUp?: () => void;
  /** Told when the result stands and all that the run made is in place, before it cleans up. */
  readonly onPassed?: (result: RunResult) => void;
}

/** Runs a plan in a box: set up, steps, commit, artifacts, after-steps, cache, clean up. */
export async function executePlan(context: RunContext, options: ExecuteOptions): Promise<RunResult> {
  const setup: SetupOptions = options;
  const running = await phase(context, 'setup environment', () => setUp(context, setup));
  try {
    options.onSetUp?.();
    const result = await runInBox(context, running, setup, options);
    if (result.result === 'passed') options.onPassed?.(result);
    return result;
  } finally {
    await phase(context, 'clean up', async () => await running[Symbol.asyncDispose]());
  }
}

const INTERRUPTED = {
  result: 'interrupted',
  failure: { reason: 'interrupted', message: 'Interrupted' },
} as const;

async function runInBox(
  context: RunContext,
  running: RunningBox,
  setup: SetupOptions,
  { plan }: ExecuteOptions,
): Promise<RunResult> {
  const { signal, folder, request } = context;
  const repository = running.plan.image.reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const links = new Map<string, number>();
  const { keeper } = running;
  const failures = failureHandler(context, running, setup);
  const steps = await runSteps(context, running.box, {
    plan,
    phase: 'main',
    signal,
    repository,
    links,
    ...(setup.resumption !== undefined && { first: setup.resumption.first }),
    ...(keeper !== undefined && { keeper }),
    ...(failures !== undefined && { failures }),
  });
  context.route.safeId = undefined;
  const lost = engineFailure(steps);
  if (lost !== undefined && signal.aborted) return { ...INTERRUPTED, runFolder: folder.run }; // who asks twice has us let go of the engine
  if (lost !== undefined) return { result: 'failed', failure: lost, runFolder: folder.run };
  const committed =
    request.commit !== undefined && !signal.aborted
      ? await commitBox(context, running.box, outcomeOf(steps))
      : undefined;
  const stored = steps.result === 'passed' ? await keepArtifacts(context, running, plan) : undefined;
  const failure = stored ?? failures?.expiry() ?? stepFailure(steps);
  const afterSteps = plan.afterSteps.length > 0 && (!signal.aborted || request.afterStepsOnInterrupt);
  if (afterSteps) {
    const facts = afterStepFacts(steps, failure);
    await runAfterSteps(context, running, { setup, plan, steps, facts, repository, links });
  }
  if (!signal.aborted) await phase(context, 'store cache', () => storeCache(context, running.box));
  const image = committed === undefined ? {} : { committedImage: committed };
  if (failure === undefined && !signal.aborted) return { result: 'passed', runFolder: folder.run, ...image };
  if (failure === undefined) return { ...INTERRUPTED, runFolder: folder.run, ...image };
  const result = failure.reason === 'interrupted' ? 'interrupted' : 'failed';
  return { result, failure, runFolder: folder.run, ...image };
}

const outcomeOf = ({ result }: StepsResult): 'passed' | 'failed' =>
  result === 'passed' ? 'passed' : 'failed';

async function keepArtifacts(
  context: RunContext,
  running: RunningBox,
  plan: Plan,
): Promise<RunFailure | undefined> {
  if (!context.request.artifacts) return undefined;
  try {
    await phase(context, 'store artifacts', () => storeArtifacts(context, running.box.id, plan));
    return undefined;
  } catch (error) {
    if (context.signal.aborted) return INTERRUPTED.failure;
    const failure = asFailure(error);
    if (failure?.reason === 'artifacts') return failure;
    throw error;
  }
}

function stepFailure({ result, failed }: StepsResult): RunFailure | undefined {
  if (result === 'passed') return undefined;
  if (result === 'interrupted') return INTERRUPTED.failure;
  if (failed?.result.failure !== undefined) return failed.result.failure;
  const name = failed?.step.displayName ?? '';
  const why = failed?.result.detail ?? failed?.result.message?.trim();
  return { reason: 'step-failed', message: `Step failed: ${name}${why === undefined ? '' : ` (${why})`}` };
}

/** Without its engine a run can do nothing more: no after-steps, no cache. */
function engineFailure(steps: StepsResult): RunFailure | undefined {
  const failure = stepFailure(steps);
  const { outcome } = steps;
  if (outcome?.type !== 'container-ended' || outcome.error === undefined) return undefined;
  const hint = '`slipway clean` removes what is left once the engine is back';
  return failure && { ...failure, reason: 'engine', hint };
}

function afterStepFacts({ failed }: StepsResult, failure: RunFailure | undefined): AfterStepFacts {
  if (failure === undefined) return { result: 'passed' };
  return {
    result: 'failed',
    failedStep: failed?.step.displayName ?? 'store',
    message: failed?.result.message ?? failure.message,
  };
}

interface AfterStepsOptions {
  readonly setup: SetupOptions;
  readonly plan: Plan;
  readonly links: Map<string, number>;
  readonly steps: StepsResult;
  readonly facts: AfterStepFacts;
  readonly repository: string;
}

/** Runs the after-steps in a fresh shell, on the file system as the steps left it. The run's result does not change. */
async function runAfterSteps(
  context: RunContext,
  running: RunningBox,
  options: AfterStepsOptions,
): Promise<void> {
  const { setup, plan, facts, repository, links } = options;
  context.emit({ type: 'after-steps-started', at: Date.now(), count: plan.afterSteps.length });
  try {
    await freshShell(context, running, options.steps.outcome);
    await initialise(running.box, setup, facts);
    // After an interrupt they were asked for, and a second one stops everything at once anyway.
    const signal = context.signal.aborted ? new AbortController().signal : context.signal;
    await runSteps(context, running.box, { plan, phase: 'after', signal, repository, links });
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    context.notice('error', `The after-steps could not run: ${failure.message}`);
  }
}
