import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache list` */
export async function cacheList(_context: CommandContext): Promise<number> {
  throw new CommandError('cache list is not there yet', 'It comes with this version.');
}
