import { CommandError } from '../command-error.ts';

/** `slipway config` */
export async function config(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
