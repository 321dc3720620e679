import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache summary` */
export async function cacheSummary(_context: CommandContext): Promise<number> {
  throw new CommandError('cache summary is not there yet', 'It comes with this version.');
}
