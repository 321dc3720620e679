import { type RunRequest, type RunResult, runPipeline } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openEngineFor } from '../open-engine.ts';
import { personAt } from '../person.ts';
import { openOutputs } from '../render/open-outputs.ts';
import { readRunRequest } from '../run-request.ts';

/** Runs what a command line asks for, in the pipeline of the kind's name where it names none. */
export async function runOne(
  context: CommandContext,
  kind: RunRequest['kind'],
  pipeline?: string,
): Promise<number> {
  const request = await readRunRequest(context, kind, pipeline);
  await using outputs = await openOutputs(context);
  await using engine = await openEngineFor(context);
  const forced = Promise.withResolvers<undefined>();
  using interrupts = listenForInterrupts({
    onFirst: () => context.stderr.write('\nStopping the step and cleaning up; once more to stop at once.\n'),
    onSecond: () => forced.resolve(undefined),
  });
  const person = personAt(context);
  const running = runPipeline(request, {
    engine,
    events: outputs.events,
    signal: interrupts.signal,
    interrupts,
    ...(person !== undefined && { person }),
  });
  const result = await Promise.race([running, forced.promise]);
  if (result === undefined) {
    outputs.hurry();
    return await stopAtOnce(context, running);
  }
  return exitCode(result);
}

/** The engine is let go of, so that all that still waits for it ends; the next run removes what is left. */
async function stopAtOnce(context: CommandContext, running: Promise<RunResult>): Promise<number> {
  context.stderr.write('Exiting forcefully, containers and data may not have been cleaned up\n');
  running.catch(() => undefined);
  return await Promise.resolve(EXIT.failed);
}

function exitCode({ result, failure }: RunResult): number {
  if (failure?.reason === 'hold-expired') return EXIT.holdExpired;
  return result === 'passed' ? EXIT.passed : EXIT.failed;
}

/** `slipway build` */
export const build = (context: CommandContext): Promise<number> => runOne(context, 'build');

/** `slipway deploy` */
export const deploy = (context: CommandContext): Promise<number> => runOne(context, 'deploy');
