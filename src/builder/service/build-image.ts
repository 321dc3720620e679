import type { BuildProgress, BuildWork } from '../backend.ts';
import type { BuildPhase } from '../build.ts';
import { BuildError } from '../error.ts';
import type { StoredBuild } from '../records/build-row.ts';
import { watchClipping } from './clipping.ts';
import { patiently, type Run, reasonOf } from './run.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** A name with its digest, where it has none. */
export const pinned = (source: string, digest: string): string =>
  source.includes('@') ? source : `${source}@${digest}`;

function workOf(run: Run, from: string, sourceDigest: string): BuildWork {
  const { build, input, destination, settings } = run;
  const { id, jobName, user, kind, target, source, forced, key } = build;
  const installed = { user, source: from, ...(kind !== undefined && { kind }) };
  return {
    id,
    jobName,
    user,
    ...(kind !== undefined && { kind }),
    source: from,
    context: settings.recipe.writeContext({
      ...installed,
      ...(input.file !== undefined && { file: input.file }),
    }),
    target,
    destination,
    labels: {
      'org.opencontainers.image.base.name': source,
      'org.opencontainers.image.base.digest': sourceDigest,
      'slipway.build.key': key,
    },
    noCache: forced,
    timeLimitMs: settings.timeLimitMs,
  };
}

/** What the backend tells goes into the log and the record; after the end nothing more is heard of it. */
function progressOf({ build, claims, limits, log, settings }: Run): BuildProgress & Disposable {
  let isOver = false;
  let shown: BuildPhase | undefined;
  let told = Promise.resolve();
  const isClipped = watchClipping();
  return {
    async write(text) {
      if (isOver) return;
      const heard = isClipped(text) ? limits.muffled : limits.heard;
      heard();
      await log.write(text);
      if (!isOver) heard();
    },
    phase(phase) {
      if (isOver || phase === shown) return;
      shown = phase;
      limits.phase(phase);
      told = told.then(() => claims.setPhase(build, phase)).catch(settings.onError);
    },
    [Symbol.dispose]() {
      isOver = true;
    },
  };
}

/** What failed is the user's own, so they are told what it said without looking for it in the log. */
function withLastWords(error: unknown, { log, limits }: Run): unknown {
  if (!(error instanceof BuildError) || error.reason !== 'requirement-failed' || limits.signal.aborted)
    return error;
  const said = log.lastWords();
  return said === undefined
    ? error
    : new BuildError(error.reason, `${error.message}: ${said}`, { cause: error });
}

/** Builds and pushes; gives the digest of the image. */
export async function buildFrom(run: Run, from: string, sourceDigest: string): Promise<string> {
  const { settings, limits } = run;
  const work = workOf(run, from, sourceDigest);
  using progress = progressOf(run);
  progress.phase('build');
  run.log.lastWords(); // of an attempt before this one
  const { digest } = await patiently(run, `The build ${run.build.id}`, async () =>
    settings.backend.build(work, progress, limits.signal),
  ).catch((error: unknown) => {
    throw withLastWords(error, run);
  });
  if (DIGEST.test(digest)) return digest;
  throw new BuildError('backend-failed', 'The backend did not say which image it has pushed');
}

/** Whether the same may go well from the source on. */
const isOfParent = (error: unknown): boolean =>
  error instanceof BuildError &&
  ['requirement-failed', 'source-not-found', 'source-refused', 'backend-failed'].includes(error.reason);

/** On the parent, where there is one and that goes well. */
export async function buildOnParent(
  run: Run,
  parent: StoredBuild,
  sourceDigest: string,
): Promise<string | undefined> {
  const { log, destination, build } = run;
  const digest = parent.image?.digest ?? '';
  log.say(`Only what the image of build ${parent.id} lacks is installed`);
  try {
    return await buildFrom(run, `${destination.pushHost}/${build.target.repository}@${digest}`, sourceDigest);
  } catch (error) {
    if (run.limits.signal.aborted || !isOfParent(error)) throw error;
    log.say(`That failed, so all is installed: ${reasonOf(error)}`);
    return undefined;
  }
}
