import type { PlannedStep } from '../../pipeline/index.ts';
import { attachOnError } from '../built-in/attach-on-error.ts';
import type { RunContext } from '../context.ts';
import type { RunFailure } from '../request.ts';
import type { StepResult } from '../run-step.ts';
import type { CommandOutcome } from '../session/index.ts';
import type { RunningBox, SetupOptions } from '../setup.ts';
import { captureShell, type ShellState } from '../shell-state.ts';
import { exportedVariables } from '../states/shell-variables.ts';
import { holdHandler } from './hold-handler.ts';

export interface FailedStep {
  /** Among the main steps, from 0. */
  readonly place: number;
  readonly step: PlannedStep;
  readonly result: StepResult;
}

/** Where a run goes on after a failure. */
export interface NextStep {
  readonly place: number;
  /** Of the shell, where it is another than the failed step's. */
  readonly outcome?: CommandOutcome;
}

/** Decides what becomes of a run whose step failed. */
export interface FailureHandler {
  /** Before each step, at a shell that waits for it. */
  beforeStep(place: number): Promise<void>;
  /** After a step failed; `undefined`: the run ends. */
  afterFailure(failed: FailedStep): Promise<NextStep | undefined>;
  /** Why the run ends, where it is because nobody decided. */
  expiry(): RunFailure | undefined;
}

/** What the request wants after a failure; `undefined`: the run just ends. */
export function failureHandler(
  context: RunContext,
  running: RunningBox,
  setup: SetupOptions,
): FailureHandler | undefined {
  const { onFailure, attachOnError: attach } = context.request;
  if (onFailure === 'hold') return holdHandler(context, running, setup);
  return onFailure === 'shell' || attach ? shellHandler(context, running) : undefined;
}

function shellHandler(context: RunContext, { box }: RunningBox): FailureHandler {
  let before: ShellState | undefined;
  return {
    async beforeStep() {
      if (context.person !== undefined) before = await captureShell(context, box);
    },
    async afterFailure() {
      await attachOnError(context, box, before && exportedVariables(before));
      return undefined;
    },
    expiry: () => undefined,
  };
}
