import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache pin` */
export async function cachePin(_context: CommandContext): Promise<number> {
  throw new CommandError('cache pin is not there yet', 'It comes with this version.');
}

/** `slipway cache unpin` */
export async function cacheUnpin(_context: CommandContext): Promise<number> {
  throw new CommandError('cache unpin is not there yet', 'It comes with this version.');
}
