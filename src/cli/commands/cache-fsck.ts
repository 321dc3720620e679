import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache fsck` */
export async function cacheFsck(_context: CommandContext): Promise<number> {
  throw new CommandError('cache fsck is not there yet', 'It comes with this version.');
}
