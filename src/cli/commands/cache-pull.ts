import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache pull` */
export async function cachePull(_context: CommandContext): Promise<number> {
  throw new CommandError('cache pull is not there yet', 'It comes with this version.');
}
