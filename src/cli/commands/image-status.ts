import { CommandError } from '../command-error.ts';

/** `slipway image status` */
export function imageStatus(): Promise<number> {
  throw new CommandError('`slipway image status` is not written yet');
}
