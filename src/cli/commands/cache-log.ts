import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache log` */
export async function cacheLog(_context: CommandContext): Promise<number> {
  throw new CommandError('cache log is not there yet', 'It comes with this version.');
}
