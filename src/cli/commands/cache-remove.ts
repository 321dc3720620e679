import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache remove` */
export async function cacheRemove(_context: CommandContext): Promise<number> {
  throw new CommandError('cache remove is not there yet', 'It comes with this version.');
}
