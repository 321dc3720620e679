import { restartBox } from '../box.ts';
import { openShell, shellEnvironment } from '../built-in/open-shell.ts';
import { exportedVariables } from '../states/shell-variables.ts';
import type { Held } from './hold-handler.ts';
import type { BoxAccess } from './hold-request.ts';

/** What the step had where the session is gone with it. */
function variablesOf({ before, place }: Held): Map<string, string> | undefined {
  const shell = before.get(place);
  return shell && exportedVariables(shell);
}

/** A box that ended starts again, its files as they are. */
async function revive({ context, running, result }: Held): Promise<void> {
  const { box, plan } = running;
  if (box.session.ready || result.outcome.type !== 'container-ended') return;
  const details = await context.engine.inspectContainer(box.id);
  if (details?.running !== true) await restartBox(context, box, plan);
}

/** Opens a shell in the box at the person's terminal, until they leave it. */
export async function openHeldShell(held: Held): Promise<void> {
  const { context, running } = held;
  await revive(held);
  await openShell(context, running.box, { variables: variablesOf(held), signal: context.signal });
}

/** What somebody else needs to open such a shell. */
export async function accessTo(held: Held): Promise<BoxAccess> {
  const { context, running } = held;
  await revive(held);
  const environment = await shellEnvironment(context, running.box, variablesOf(held));
  return { container: running.box.id, environment, folder: running.box.plan.plan.sourceDir };
}
