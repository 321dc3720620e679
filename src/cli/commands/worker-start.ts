import { CommandError } from '../command-error.ts';

export function workerStart(): Promise<number> {
  throw new CommandError('this command is being written');
}
