import { CommandError } from '../command-error.ts';

/** `slipway image build` */
export function imageBuild(): Promise<number> {
  throw new CommandError('`slipway image build` is not written yet');
}
