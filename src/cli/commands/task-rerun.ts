import { CommandError } from '../command-error.ts';

export function taskRerun(): Promise<number> {
  throw new CommandError('this command is being written');
}
