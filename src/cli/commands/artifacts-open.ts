import { CommandError } from '../command-error.ts';

/** `slipway artifacts open` */
export async function artifactsOpen(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
