import type { EngineError } from '../error.ts';
import { refusalError } from './errors.ts';
import { field, type Json, optional, readNumber, readText } from './json.ts';

/** The instruction of a Dockerfile that a build is at. */
export interface BuildStep {
  readonly instruction: string;
  readonly number: number;
  readonly count: number;
}

/** What went wrong in a build, as the engine says it. */
export interface BuildTrouble {
  readonly message: string;
  /** The exit code of the command that failed; absent where it was something else. */
  readonly exitCode?: number;
}

/** Enough to find an instruction again; some are pages long. */
const SHOWN_LENGTH = 200;

/** The step that a piece of output announces: `Step 2/7 : RUN make`, in Podman's words `STEP 2/7: RUN make`. */
export function readStep(text: string | undefined): BuildStep | undefined {
  const [, number, count, instruction] = /^step (\d+)\/(\d+) ?: (.+)/i.exec(text ?? '') ?? [];
  if (instruction === undefined) return undefined;
  return { instruction, number: Number(number), count: Number(count) };
}

/** The line that ends a build which failed. */
export function readTrouble(line: Json): BuildTrouble | undefined {
  const message = optional(field(line, 'error'), readText);
  if (message === undefined) return undefined;
  const detail = optional(field(line, 'errorDetail'), (json) => json);
  const exitCode = (detail && optional(field(detail, 'code'), readNumber)) || exitStatus(message);
  return { message, ...(exitCode && { exitCode }) };
}

/** Podman says it in words only. */
function exitStatus(message: string): number | undefined {
  const [, status] = /: exit status (\d+)\s*$/.exec(message) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** The error for what went wrong at a step, or before the first one. */
export function buildError(
  { message, exitCode }: BuildTrouble,
  step: BuildStep | undefined,
  doing: string,
): EngineError {
  const reason = exitCode === undefined ? message : `its command ended with exit code ${exitCode}`;
  if (!step) return refusalError({ status: 500, message: reason, doing }, 'build');
  const shown = step.instruction.trim().slice(0, SHOWN_LENGTH);
  const place = `${doing}, at ${shown} (step ${step.number} of ${step.count})`;
  const table = /^from\s/i.test(step.instruction) ? 'pull' : 'instruction';
  return refusalError({ status: 500, message: reason, doing: place }, table);
}
