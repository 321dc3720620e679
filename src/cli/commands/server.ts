import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway server` */
export async function server(_context: CommandContext): Promise<number> {
  throw new CommandError('server is not there yet', 'It comes with this version.');
}
