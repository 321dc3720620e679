import { CommandError } from '../command-error.ts';

export function taskList(): Promise<number> {
  throw new CommandError('this command is being written');
}
