import { CommandError } from '../command-error.ts';

/** `slipway image report` */
export function imageReport(): Promise<number> {
  throw new CommandError('`slipway image report` is not written yet');
}
