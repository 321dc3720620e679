import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';

/** `slipway cache commit` */
export async function cacheCommit(_context: CommandContext): Promise<number> {
  throw new CommandError('cache commit is not there yet', 'It comes with this version.');
}
