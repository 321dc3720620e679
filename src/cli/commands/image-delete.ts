import { CommandError } from '../command-error.ts';

/** `slipway image delete` */
export function imageDelete(): Promise<number> {
  throw new CommandError('`slipway image delete` is not written yet');
}
