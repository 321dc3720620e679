import { CommandError } from '../command-error.ts';

export function submitBuild(): Promise<number> {
  throw new CommandError('this command is being written');
}
