import { join } from 'node:path';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { dataFolder } from '../data-folder.ts';

/** Where the records of this machine's runners are. */
export async function runnersFolder(context: CommandContext): Promise<string> {
  const { environment, currentFolder } = await configuredContext(context);
  return join(dataFolder(environment, currentFolder), 'runners');
}
