import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache checkout` */
export async function cacheCheckout(_context: CommandContext): Promise<number> {
  throw new CommandError('cache checkout is not there yet', 'It comes with this version.');
}
