import { CommandError } from '../command-error.ts';

export function taskArtifacts(): Promise<number> {
  throw new CommandError('this command is being written');
}
