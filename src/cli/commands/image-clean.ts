import { CommandError } from '../command-error.ts';

/** `slipway image clean` */
export function imageClean(): Promise<number> {
  throw new CommandError('`slipway image clean` is not written yet');
}
