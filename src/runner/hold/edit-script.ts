import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packItems } from '../../archive/index.ts';
import { boxOwner } from '../box.ts';
import { RunError } from '../failure.ts';
import { stepFolder } from '../step-script.ts';
import type { Held } from './hold-handler.ts';

const scriptFile = ({ context, step }: Held): string => join(context.folder.run, step.safeId, 'run.sh');

/** Lets the person edit the step's script as it was staged; whether they did. Throws `RunError` where nobody is there. */
export async function editScript(held: Held): Promise<boolean> {
  const { person } = held.context;
  if (person !== undefined) return await person.edit(scriptFile(held));
  throw new RunError({
    reason: 'step-failed',
    message: 'nobody is at a terminal to edit the script',
    hint: 'give the new one as a file: slipway hold edit FILE',
  });
}

/** Puts the step's script into the box; `script` absent: the staged one, as it is now. */
export async function replaceScript(held: Held, script: string | undefined): Promise<void> {
  const { context, running, step } = held;
  if (script !== undefined) await writeFile(scriptFile(held), script);
  const content = await readFile(scriptFile(held));
  const name = `${stepFolder(step.safeId).replace(/^\/+/, '')}/run.sh`;
  const tar = packItems([{ type: 'file', name, content, mode: 0o755 }], {
    owner: await boxOwner(context, running.box),
  });
  await context.engine.copyIn(running.box.id, '/', tar);
}
