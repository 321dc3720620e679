import type { Expiry } from './limits.ts';
import type { RunFailure } from './request.ts';
import type { CommandOutcome } from './session/index.ts';
import { STEP_FLAG } from './step-script.ts';

/** How a step ended, before its report folder is looked at. */
export interface StepVerdict {
  readonly result: 'passed' | 'failed' | 'interrupted';
  readonly exitCode?: number;
  /** In the original's words where it has words for it; exported as `WERCKER_FAILED_STEP_MESSAGE`. */
  readonly message?: string;
  /** More about why, and what to do. */
  readonly detail?: string;
  /** Why the run fails with it, where that is more than that a step failed. */
  readonly failure?: RunFailure;
}

/** The original's message for a shell that is gone. */
const CANCELLED = 'Command cancelled due to error';

export const INTERRUPTED: StepVerdict = { result: 'interrupted', message: 'Interrupted' };

const EXPIRED: Record<Expiry, StepVerdict> = {
  'command-timeout': {
    result: 'failed',
    message: 'Command timed out',
    detail: 'the step ran longer than command-timeout allows, and was killed',
  },
  'no-response-timeout': {
    result: 'failed',
    message: 'Command timed out after no response',
    detail: 'the step printed nothing for as long as no-response-timeout allows, and was killed',
  },
  interrupted: INTERRUPTED,
};

function finishedVerdict(exitCode: number, flags: string): StepVerdict {
  if (flags.includes(STEP_FLAG.filesMissing)) {
    return {
      result: 'failed',
      exitCode,
      message: "The step's files are gone from the box",
      detail: 'an earlier step removed /pipeline',
    };
  }
  if (flags.includes(STEP_FLAG.sourceDirMissing)) {
    return {
      result: 'failed',
      exitCode,
      message: 'The source folder does not exist in the box',
      detail: 'see `source-dir`',
    };
  }
  if (flags.includes(STEP_FLAG.cwdMissing)) {
    return { result: 'failed', exitCode, message: 'The folder in `cwd` does not exist in the box' };
  }
  if (flags.includes(STEP_FLAG.initFailed)) {
    return { result: 'failed', exitCode, message: `init.sh exited with exit code: ${exitCode}` };
  }
  if (exitCode === 0) return { result: 'passed', exitCode };
  return { result: 'failed', exitCode, message: `Command exited with exit code: ${exitCode}` };
}

function endedDetail(exitCode: number): string {
  if (exitCode === 0)
    return 'the step ended the shell with exit code 0 (`exit` or `exec`): `return` ends a step and passes';
  if (exitCode > 128 && exitCode < 160) return `the shell was killed by signal ${exitCode - 128}`;
  return `a command failed with exit code ${exitCode}`;
}

/** What a command's outcome means for its step. */
export function stepVerdict(outcome: CommandOutcome, expiry: Expiry | undefined): StepVerdict {
  if (expiry !== undefined) return EXPIRED[expiry];
  switch (outcome.type) {
    case 'finished':
      return finishedVerdict(outcome.exitCode, outcome.flags);
    case 'session-ended':
      return {
        result: 'failed',
        exitCode: outcome.exitCode,
        message: CANCELLED,
        detail: endedDetail(outcome.exitCode),
      };
    case 'container-ended':
      return {
        result: 'failed',
        message: CANCELLED,
        detail:
          outcome.error === undefined
            ? (outcome.detail ?? 'the box ended')
            : `the box was lost: ${outcome.error.message}`,
      };
    case 'interference':
      return {
        result: 'failed',
        message: CANCELLED,
        detail: `the shell of the box no longer answers as it must: ${outcome.detail}`,
      };
  }
}
