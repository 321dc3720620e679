import { EngineError } from '../../engine/index.ts';
import { MAX_TIMER_MS } from '../../kernel/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { asFailure } from '../failure.ts';
import { type LimitWatch, watchLimits } from '../limits.ts';
import type { StepRun } from '../run-step.ts';
import type { CommandOutcome } from '../session/index.ts';
import { type StepVerdict, stepVerdict } from '../step-outcome.ts';
import type { BuiltInVerdict } from './built-in.ts';
import { BUILT_IN } from './index.ts';

export interface BuiltInResult {
  readonly outcome: CommandOutcome;
  readonly verdict: StepVerdict;
}

/** Runs a step that is part of Slipway, under the same limits as any other. */
export async function runBuiltIn(context: RunContext, box: Box, run: StepRun): Promise<BuiltInResult> {
  const { step, signal, limits } = run;
  const id = `${step.owner}/${step.name}`;
  const builtIn = BUILT_IN.get(id);
  if (builtIn === undefined) throw new Error(`${id} was planned as a built-in step, and there is none`);
  const ending = new AbortController();
  using watch = watchLimits({
    ...(builtIn.untimed ? { commandTimeoutMs: MAX_TIMER_MS, noResponseTimeoutMs: MAX_TIMER_MS } : limits),
    signal,
    onExpire: () => ending.abort(),
  });
  context.route.safeId = step.safeId;
  context.route.touch = watch.touch;
  return await attempt(watch, () => {
    const work = builtIn.run(context, box, { step, signal: ending.signal, touch: watch.touch });
    return Promise.race([work, overdue(ending.signal)]);
  });
}

const GRACE_MS = 10_000; // for what cannot be stopped half-way, such as the engine making an image

/** Rejects when a step goes on long after it was told to end: an engine may never answer. */
function overdue(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => {
      setTimeout(reject, GRACE_MS, new Error('the step did not end when it was told to')).unref();
    };
    signal.addEventListener('abort', give, { once: true });
  });
}

const finished = (exitCode: number): CommandOutcome => ({ type: 'finished', exitCode, flags: '' });

async function attempt(watch: LimitWatch, work: () => Promise<BuiltInVerdict>): Promise<BuiltInResult> {
  try {
    const { outcome, ...verdict } = await work();
    return { verdict, outcome: outcome ?? finished(verdict.result === 'passed' ? 0 : 1) };
  } catch (error) {
    const outcome = isLost(error) ? ({ type: 'container-ended', error } as const) : finished(1);
    if (watch.expiry !== undefined) return { verdict: stepVerdict(outcome, watch.expiry), outcome };
    return { verdict: failedVerdict(error), outcome };
  }
}

/** Without its engine a run can do nothing more. */
const isLost = (error: unknown): error is EngineError =>
  error instanceof EngineError && error.code === 'UNREACHABLE';

function failedVerdict(error: unknown): StepVerdict {
  const failure = asFailure(error);
  if (failure === undefined) throw error;
  const { message, hint, reason } = failure;
  const told = hint === undefined ? message : `${message}; ${hint}`;
  return { result: 'failed', message: told, ...(reason === 'artifacts' && { failure }) };
}
