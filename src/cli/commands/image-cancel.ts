import { CommandError } from '../command-error.ts';

/** `slipway image cancel` */
export function imageCancel(): Promise<number> {
  throw new CommandError('`slipway image cancel` is not written yet');
}
