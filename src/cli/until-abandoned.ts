import type { CommandContext } from './command.ts';
import { type Interrupts, listenForInterrupts } from './interrupts.ts';
import type { Outputs } from './render/open-outputs.ts';

export interface InterruptibleWork<T> {
  /** What the first Ctrl-C stops: "the step". */
  readonly what: string;
  readonly outputs: Outputs;
  readonly start: (interrupts: Interrupts) => Promise<T>;
}

/**
 * Waits for work that the first Ctrl-C tells to stop and the second abandons: `undefined` then. Whoever called lets go of
 * the engine, so that all that still waits for it ends; the next run removes what is left. A Ctrl-C that comes when the work
 * has ended lets the outputs be closed, which are what is known of it; one more ends the program as it is.
 */
export async function untilAbandoned<T>(
  { stderr }: CommandContext,
  { what, outputs, start }: InterruptibleWork<T>,
): Promise<T | undefined> {
  const abandoned = Promise.withResolvers<undefined>();
  const interrupts = listenForInterrupts({
    onFirst: () => stderr.write(`\nStopping ${what} and cleaning up; once more to stop at once.\n`),
    onSecond: () => abandoned.resolve(undefined),
  });
  outputs.untilClosed(interrupts);
  const working = start(interrupts);
  const result = await Promise.race([working, abandoned.promise]);
  hurryAtSignals(interrupts, { outputs, hurried: result === undefined });
  if (result !== undefined) return result;
  stderr.write('Exiting forcefully, containers and data may not have been cleaned up\n');
  outputs.hurry();
  working.catch(() => undefined);
  return undefined;
}

interface Closing {
  readonly outputs: Outputs;
  /** They were told already: the next signal ends the program. */
  readonly hurried: boolean;
}

function hurryAtSignals(interrupts: Interrupts, { outputs, ...told }: Closing): void {
  let { hurried } = told;
  interrupts.divertAll((name) => {
    outputs.hurry();
    if (hurried) {
      interrupts[Symbol.dispose]();
      process.kill(process.pid, name); // as if nobody had listened
    }
    hurried = true;
  });
}
