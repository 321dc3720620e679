import { CommandError } from '../command-error.ts';

export function taskCreate(): Promise<number> {
  throw new CommandError('this command is being written');
}
