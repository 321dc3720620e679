import { EXIT, UsageError } from '../exit-code.ts';

/** `slipway runner …` */
export function runner(): Promise<number> {
  throw new UsageError(
    'the runner commands come with the queue, which is not part of this version yet: `slipway build` runs a pipeline here and now',
    EXIT.unknownCommand,
  );
}
