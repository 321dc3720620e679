import { CommandError } from '../command-error.ts';

/** `slipway image update-buildkitd` */
export function imageUpdateBuildkitd(): Promise<number> {
  throw new CommandError('`slipway image update-buildkitd` is not written yet');
}
