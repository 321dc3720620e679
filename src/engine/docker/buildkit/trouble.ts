import type { EngineError } from '../../error.ts';
import { type BuildStep, type BuildTrouble, buildError } from '../build-step.ts';
import { refusalError } from '../errors.ts';
import type { Trace } from './trace.ts';

/** The vertex that a build failed at, as far as the traces told. */
export class FailedVertex {
  #name: string | undefined;

  add({ vertexes }: Trace): void {
    // What runs beside the one that failed is cancelled for it.
    const failed = vertexes.find(({ error }) => error !== undefined && !/context canceled/.test(error));
    this.#name = failed?.name ?? this.#name;
  }

  get name(): string | undefined {
    return this.#name;
  }
}

/** What BuildKit puts before the reason. */
const PREFIXES =
  /^(?:failed to solve(?: with frontend dockerfile\.v0)?: |failed to create LLB definition: |rpc error: code = \w+ desc = )+/;

/** The error for what went wrong, and where. */
export function troubleError(
  { message }: BuildTrouble,
  failed: string | undefined,
  doing: string,
): EngineError {
  const reason = message.replace(PREFIXES, '');
  const step = failed === undefined ? undefined : readVertexName(failed);
  if (step) {
    const exitCode = exitCodeOf(message);
    return buildError({ message: reason, ...(exitCode !== undefined && { exitCode }) }, step, doing);
  }
  const parent = /^\[internal\] load metadata for (\S+)/.exec(failed ?? '')?.[1];
  if (parent === undefined) return refusalError({ status: 500, message: reason, doing }, 'buildkit');
  return refusalError({ status: 500, message: reason, doing: `${doing}, at FROM ${parent}` }, 'pull');
}

/** The instruction in a vertex's name: `[2/3] RUN make`, `[stage-0 2/3] RUN make`. */
function readVertexName(name: string): BuildStep | undefined {
  const [, number, count, instruction] = /^\[(?:[^\]]* )?(\d+)\/(\d+)\] (.+)$/s.exec(name) ?? [];
  if (instruction === undefined) return undefined;
  return { instruction, number: Number(number), count: Number(count) };
}

/** In words only, after all that the instruction could have put there itself. */
function exitCodeOf(message: string): number | undefined {
  const [, code] = /: exit code: (\d+)\s*$/.exec(message) ?? [];
  return code === undefined ? undefined : Number(code);
}
