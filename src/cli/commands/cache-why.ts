import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache why` */
export async function cacheWhy(_context: CommandContext): Promise<number> {
  throw new CommandError('cache why is not there yet', 'It comes with this version.');
}
