import { type RunRequest, type RunResult, runPipeline } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { runStores } from '../open-stores.ts';
import { personAt } from '../person.ts';
import { openOutputs } from '../render/open-outputs.ts';
import { readRunRequest } from '../run-request.ts';
import { untilAbandoned } from '../until-abandoned.ts';

/** Runs what a command line asks for, in the pipeline of the kind's name where it names none. */
export async function runOne(
  context: CommandContext,
  kind: RunRequest['kind'],
  pipeline?: string,
): Promise<number> {
  const request = await readRunRequest(context, kind, pipeline);
  await using stores = runStores(context, request.artifacts);
  const artifactStore = await stores.artifacts();
  await using outputs = await openOutputs(context, { stores, artifactStore });
  await using engine = await openEngineFor(context);
  const person = personAt(context);
  const result = await untilAbandoned(context, {
    what: 'the step',
    outputs,
    start: (interrupts) =>
      runPipeline(request, {
        engine,
        events: outputs.events,
        signal: interrupts.signal,
        interrupts,
        ...(person !== undefined && { person }),
        ...(artifactStore !== undefined && { artifactStore }),
      }),
  });
  return result === undefined ? EXIT.failed : exitCode(result);
}

function exitCode({ result, failure }: RunResult): number {
  if (failure?.reason === 'hold-expired') return EXIT.holdExpired;
  return result === 'passed' ? EXIT.passed : EXIT.failed;
}

/** `slipway build` */
export const build = (context: CommandContext): Promise<number> => runOne(context, 'build');

/** `slipway deploy` */
export const deploy = (context: CommandContext): Promise<number> => runOne(context, 'deploy');
