import { CommandError } from '../command-error.ts';

/** `slipway image builds` */
export function imageBuilds(): Promise<number> {
  throw new CommandError('`slipway image builds` is not written yet');
}
