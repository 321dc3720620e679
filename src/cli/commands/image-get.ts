import { CommandError } from '../command-error.ts';

/** `slipway image get` */
export function imageGet(): Promise<number> {
  throw new CommandError('`slipway image get` is not written yet');
}
