import { CommandError } from '../command-error.ts';

/** `slipway image clean-jobs` */
export function imageCleanJobs(): Promise<number> {
  throw new CommandError('`slipway image clean-jobs` is not written yet');
}
