import { CommandError } from '../command-error.ts';

/** `slipway download server` */
export async function downloadServer(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
