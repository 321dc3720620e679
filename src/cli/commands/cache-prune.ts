import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache prune` */
export async function cachePrune(_context: CommandContext): Promise<number> {
  throw new CommandError('cache prune is not there yet', 'It comes with this version.');
}
