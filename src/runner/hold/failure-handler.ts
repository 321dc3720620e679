import type { PlannedStep } from '../../pipeline/index.ts';
import type { StepResult } from '../run-step.ts';
import type { CommandOutcome } from '../session/index.ts';

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
  beforeStep(): Promise<void>;
  /** After a step failed; `undefined`: the run ends. */
  afterFailure(failed: FailedStep): Promise<NextStep | undefined>;
}
