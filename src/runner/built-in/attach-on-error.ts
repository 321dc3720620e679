import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { asFailure } from '../failure.ts';
import { openShell } from './open-shell.ts';

/** After a step failed: the person looks into the box, before the after-steps. */
export async function attachOnError(
  context: RunContext,
  box: Box,
  variables?: ReadonlyMap<string, string>,
): Promise<void> {
  const { person, signal, notice } = context;
  if (person === undefined) {
    notice('warning', 'Nobody is at a terminal: no shell is opened for the step that failed');
    return;
  }
  notice('info', 'A step failed: this is a shell in the box. The run goes on when you leave it.');
  try {
    await openShell(context, box, { variables, signal });
  } catch (error) {
    const failure = asFailure(error);
    if (failure === undefined) throw error;
    if (!signal.aborted) notice('error', `No shell could be opened in the box: ${failure.message}`);
  }
}
