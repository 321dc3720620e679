import { createBreaks } from '../kernel/index.ts';
import { ArchiveError } from './error.ts';

/** Lets synchronous file work take turns with everything else that the process does. */
interface Pacer {
  /** The turn is over: call `rest`. */
  isDue(): boolean;
  /** Lets others run, then begins a new turn. Throws `ABORTED` when the signal says so. */
  rest(): Promise<void>;
}

export function createPacer(signal?: AbortSignal): Pacer {
  const breaks = createBreaks();
  return {
    isDue: () => breaks.isDue(),
    async rest() {
      await breaks.take();
      throwIfAborted(signal);
    },
  };
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new ArchiveError('ABORTED', 'The work on files was cancelled', { cause: signal.reason });
}
