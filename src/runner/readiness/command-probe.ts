import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, EngineError, type ExecuteResult } from '../../engine/index.ts';

/** Docker's own limit for a health check; one that hangs may not keep the next from being asked. */
const ATTEMPT_MS = 30_000;
const EAGER_MS = 5000;
const PAUSE_MS = 100;

export interface CommandProbe {
  readonly container: string;
  readonly command: readonly string[];
  readonly signal: AbortSignal;
  /** Is told of each attempt that did not succeed. */
  readonly onFailure: (result: ExecuteResult) => void;
}

/**
 * Runs a command in a service's container until it ends with 0: at once, and again as soon as it has ended, where Docker
 * would wait for the interval of the health check first. After five seconds with a pause in between.
 */
export async function awaitCommand(engine: Engine, probe: CommandProbe): Promise<void> {
  const { signal, onFailure } = probe;
  const startedAt = performance.now();
  for (;;) {
    const result = await attempt(engine, probe);
    if (result?.exitCode === 0) return;
    if (result !== undefined) onFailure(result);
    signal.throwIfAborted();
    if (performance.now() - startedAt > EAGER_MS) await pause(PAUSE_MS, undefined, { signal });
  }
}

/** `undefined` when it took too long. */
async function attempt(
  engine: Engine,
  { container, command, signal }: CommandProbe,
): Promise<ExecuteResult | undefined> {
  const limit = AbortSignal.timeout(ATTEMPT_MS);
  try {
    return await engine.execute(container, { command, signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    const late = error instanceof EngineError && error.code === 'ABORTED' && !signal.aborted;
    if (late) return undefined;
    throw error;
  }
}
