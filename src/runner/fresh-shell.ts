import { restartBox } from './box.ts';
import type { RunContext } from './context.ts';
import type { CommandOutcome } from './session/index.ts';
import type { RunningBox } from './setup.ts';

/**
 * A session without the variables and processes of the one before; the container starts again where it is lost.
 * `outcome`: of the last command, absent where there was none.
 */
export async function freshShell(
  context: RunContext,
  { box, plan }: RunningBox,
  outcome: CommandOutcome | undefined,
): Promise<void> {
  const last = outcome === undefined || outcome.type === 'finished' ? await box.session.end() : outcome;
  if (last.type === 'session-ended') await box.session.restart();
  else await restartBox(context, box, plan);
}
