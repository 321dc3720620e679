import { type RunRequest, type RunResult, runPipeline } from '../../runner/index.ts';
import type { OpenBuildCache } from '../build-cache/open-build-cache.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
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
  const isCached = wantsCache(context, kind, pipeline);
  const [request, opener] = await Promise.all([
    requestOf(context, { kind, isCached, ...(pipeline !== undefined && { pipeline }) }),
    isCached ? buildCacheOpener(context) : undefined, // loaded while git is asked what is checked out
  ]);
  await using stores = runStores(context, request.artifacts || isCached);
  const artifactStore = await stores.artifacts();
  await using outputs = await openOutputs(context, { stores, artifactStore });
  await using buildCache = opener?.(request);
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
        ...(buildCache !== undefined && { buildCache }),
      }),
  });
  return result === undefined ? EXIT.failed : exitCode(result);
}

interface Wanted {
  readonly kind: RunRequest['kind'];
  readonly pipeline?: string;
  readonly isCached: boolean;
}

async function requestOf(context: CommandContext, { kind, pipeline, isCached }: Wanted): Promise<RunRequest> {
  const request = await readRunRequest(context, kind, pipeline);
  if (!isCached) return request;
  const { withSharedName } = await import('../build-cache/shared-name.ts');
  return await withSharedName(context, request);
}

/** Whether the run may come from the cache. Throws `UsageError` where it is no build. */
function wantsCache({ flags }: CommandContext, kind: RunRequest['kind'], pipeline?: string): boolean {
  if (!flags.on('cache')) {
    const unused = ['pull-url', 'push-url', 'push-port'].find((name) => flags.given(name));
    if (unused !== undefined) throw new UsageError(`--${unused} is for builds with --cache`);
    return false;
  }
  if (kind === 'deploy')
    throw new UsageError(
      '--cache: a deploy is done for what it changes elsewhere; only builds come from the cache',
    );
  if (pipeline === undefined) return true;
  throw new UsageError(`--cache: ${pipeline} works on the project itself; only builds come from the cache`);
}

/** Loaded here, since other runs need nothing of it. */
async function buildCacheOpener(context: CommandContext): Promise<(request: RunRequest) => OpenBuildCache> {
  const { openBuildCache } = await import('../build-cache/open-build-cache.ts');
  const { checkCacheFlags } = await import('../open-cache.ts');
  checkCacheFlags(context); // what is mistyped is said now, and not when all is built
  return (request) => openBuildCache(context, request, { push: context.flags.on('cache-push') });
}

function exitCode({ result, failure }: RunResult): number {
  if (failure?.reason === 'hold-expired') return EXIT.holdExpired;
  return result === 'passed' ? EXIT.passed : EXIT.failed;
}

/** `slipway build` */
export const build = (context: CommandContext): Promise<number> => runOne(context, 'build');

/** `slipway deploy` */
export const deploy = (context: CommandContext): Promise<number> => runOne(context, 'deploy');
