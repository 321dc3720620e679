import { CommandError } from '../command-error.ts';

/** `slipway image list` */
export function imageList(): Promise<number> {
  throw new CommandError('`slipway image list` is not written yet');
}
