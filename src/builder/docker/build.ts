import { packItems, type TarItem } from '../../archive/index.ts';
import { EngineError } from '../../engine/index.ts';
import type { BuildContext, BuildOutcome, BuildProgress, BuildWork } from '../backend.ts';
import { BuildError } from '../error.ts';
import { explainBuild } from './explain.ts';
import type { KeptImages } from './kept-images.ts';
import { forgetBuild, letGo } from './leftovers.ts';
import { builtName, ownedName, withoutOwnNames } from './names.ts';
import type { DockerBackendOptions } from './options.ts';
import type { Pusher } from './push.ts';
import { openReachProxy, reachRules } from './reach/index.ts';
import { prepareSource } from './source.ts';

export interface DockerParts {
  readonly options: DockerBackendOptions;
  readonly kept: KeptImages;
  readonly pusher: Pusher;
  readonly now: () => number;
}

/** What timers take. */
const LONGEST_MS = 2 ** 31 - 1;

/** Builds on the engine and pushes from there. */
export async function buildAndPush(
  parts: DockerParts,
  work: BuildWork,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { engine } = parts.options;
  const limit = AbortSignal.timeout(Math.min(work.timeLimitMs, LONGEST_MS));
  const going = { ...parts, work, progress, signal: AbortSignal.any([signal, limit]) };
  try {
    signal.throwIfAborted();
    await forgetBuild(engine, work.id);
    return { digest: await go(going) };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) {
      throw new BuildError('time-limit', `the build took longer than ${work.timeLimitMs / 1000} s`);
    }
    throw explainBuild(error);
  } finally {
    // What cannot be removed now is a leftover.
    await letGo(engine, work.id).catch(() => undefined);
  }
}

interface Going extends DockerParts {
  readonly work: BuildWork;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
}

async function go(going: Going): Promise<string> {
  const { options, kept, pusher, now, work, progress, signal } = going;
  const image = await buildTwice(going);
  progress.phase('push');
  const digest = await pusher.push(work, { engine: options.engine, progress, signal, now });
  const { pushHost } = work.destination;
  const repository = `${pushHost}/${work.target.repository}`;
  // The image is there: where the engine cannot name it now, who builds on it fetches it.
  await kept.keep(image, kept.nameOf({ user: work.user, repository, digest })).catch(() => undefined);
  return digest;
}

/** Once more where another server that shares the engine has removed the source just then. */
async function buildTwice(going: Going): Promise<string> {
  try {
    return await buildOnce(going);
  } catch (error) {
    if (!(error instanceof EngineError) || !['IMAGE_NOT_FOUND', 'REGISTRY'].includes(error.code)) throw error;
    return await buildOnce(going);
  }
}

async function buildOnce({ options, kept, now, work, progress, signal }: Going): Promise<string> {
  progress.phase('prepare');
  const source = await prepareSource(work, { options, kept, signal, progress, now });
  using _ = kept.use(source);
  progress.phase('build');
  const context = packItems(contextItems(work.context, work.source, source), { reproducible: true });
  const { network = 'default' } = options;
  using proxy = network === 'proxy' ? openProxy(options, progress) : undefined;
  return await options.engine.buildImage(context, {
    builder: 'buildkit',
    id: work.id,
    references: [builtName(work.id), ownedName(work.id)],
    labels: work.labels,
    noCache: work.noCache,
    network: network === 'proxy' ? 'none' : network,
    ...(proxy && { tunnel: { onConnection: proxy.take } }),
    onOutput: async (text) => {
      const shown = withoutOwnNames(text.replaceAll(source, work.source));
      if (shown !== '') await progress.write(shown);
    },
    signal,
  });
}

const openProxy = ({ reach }: DockerBackendOptions, progress: BuildProgress) =>
  openReachProxy({
    rules: reachRules(reach),
    // A log that cannot be written to ends the build by itself.
    onRefused: (text) => void progress.write(`${text}\n`).catch(() => undefined),
  });

function contextItems({ dockerfile, files }: BuildContext, source: string, local: string): TarItem[] {
  const from = `FROM ${source}\n`;
  if (!dockerfile.startsWith(from)) {
    throw new BuildError('backend-failed', `the Dockerfile does not begin with FROM ${source}`);
  }
  const content = `FROM ${local}\n${dockerfile.slice(from.length)}`;
  const others = Object.entries(files).map(
    ([name, text]) => ({ type: 'file', name, content: text }) as const,
  );
  return [{ type: 'file', name: 'Dockerfile', content }, ...others];
}
