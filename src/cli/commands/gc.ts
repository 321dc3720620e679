import { CommandError } from '../command-error.ts';

/** `slipway gc` */
export async function gc(): Promise<number> {
  throw new CommandError('not part of this version yet');
}
