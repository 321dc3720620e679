import { CommandError } from '../command-error.ts';

/** `slipway artifacts list` */
export async function artifactsList(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
