import { CommandError } from '../command-error.ts';

export function taskCancel(): Promise<number> {
  throw new CommandError('this command is being written');
}
