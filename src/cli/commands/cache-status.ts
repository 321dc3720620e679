import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache status` */
export async function cacheStatus(_context: CommandContext): Promise<number> {
  throw new CommandError('cache status is not there yet', 'It comes with this version.');
}
