import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache push` */
export async function cachePush(_context: CommandContext): Promise<number> {
  throw new CommandError('cache push is not there yet', 'It comes with this version.');
}
