import { CommandError } from '../command-error.ts';

/** `slipway runs` */
export async function runs(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
