import type { Engine } from '../../engine/index.ts';
import type { CommandContext } from '../command.ts';
import { openEngineFor } from '../open-engine.ts';

// Long enough for an engine that answers to remove the container that it was tried with.
const LAST_MS = 2000;

/**
 * The engine for a check. Some time after the check's own, whatever it has not answered is cut off: a connection on which
 * nothing ever comes would keep the program from ending.
 */
export async function engineWithin(
  context: Pick<CommandContext, 'flags' | 'environment'>,
  signal: AbortSignal,
  lastMs = LAST_MS,
): Promise<Engine> {
  const engine = await openEngineFor(context);
  const cutSoon = (): void => void setTimeout(() => void engine[Symbol.asyncDispose](), lastMs).unref();
  if (signal.aborted) cutSoon();
  else signal.addEventListener('abort', cutSoon, { once: true });
  return engine;
}
