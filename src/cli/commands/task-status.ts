import { CommandError } from '../command-error.ts';

export function taskStatus(): Promise<number> {
  throw new CommandError('this command is being written');
}
