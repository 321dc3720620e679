import { CommandError } from '../command-error.ts';

/** `slipway image catalogs` */
export function imageCatalogs(): Promise<number> {
  throw new CommandError('`slipway image catalogs` is not written yet');
}
