import { CommandError } from '../command-error.ts';

/** `slipway artifacts get` */
export async function artifactsGet(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
