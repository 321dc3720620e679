import { CommandError } from '../command-error.ts';

/** `slipway artifacts link` */
export async function artifactsLink(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
