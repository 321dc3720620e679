import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache init` */
export async function cacheInit(_context: CommandContext): Promise<number> {
  throw new CommandError('cache init is not there yet', 'It comes with this version.');
}
