import { CommandError } from '../command-error.ts';

/** `slipway image logs` */
export function imageLogs(): Promise<number> {
  throw new CommandError('`slipway image logs` is not written yet');
}
