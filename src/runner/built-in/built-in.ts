import type { PlannedStep } from '../../pipeline/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import type { CommandOutcome } from '../session/index.ts';
import type { StepVerdict } from '../step-outcome.ts';

/** One built-in step on its way. */
export interface BuiltInRun {
  readonly step: PlannedStep;
  /**
   * Aborts when the step must end: a time limit was reached, or the person wants the run to stop. A step that rejects
   * after that is told as timed out or interrupted; what it returns stands.
   */
  readonly signal: AbortSignal;
  /** A sign of life, for what goes on without printing: `no-response-timeout` counts from here. */
  readonly touch: () => void;
}

/** How a built-in step ended. */
export interface BuiltInVerdict extends StepVerdict {
  /** How the steps' shell was lost, where it was. */
  readonly outcome?: CommandOutcome;
}

/**
 * A step that is part of Slipway. What it prints goes through `print` or `context.output`; it fails by returning a
 * verdict, or by throwing what `asFailure` knows: `RunError`, `EngineError`, `RegistryError` …
 */
export interface BuiltIn {
  readonly run: (context: RunContext, box: Box, run: BuiltInRun) => Promise<BuiltInVerdict>;
  /** A person decides how long it takes: no time limit ends it. @defaultValue false */
  readonly untimed?: boolean;
}

export const PASSED: StepVerdict = { result: 'passed' };

/** Prints one line as the step's own output. */
export async function print({ output }: RunContext, line: string): Promise<void> {
  await output(Buffer.from(`${line}\n`));
}
