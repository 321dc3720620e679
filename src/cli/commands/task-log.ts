import { CommandError } from '../command-error.ts';

export function taskLog(): Promise<number> {
  throw new CommandError('this command is being written');
}
