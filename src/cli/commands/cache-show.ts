import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache show` */
export async function cacheShow(_context: CommandContext): Promise<number> {
  throw new CommandError('cache show is not there yet', 'It comes with this version.');
}
