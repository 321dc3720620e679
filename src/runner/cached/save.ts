import type { CacheKey, Plan } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import type { BuildCache, TreePart } from './build-cache.ts';
import { DamagedBuildError } from './damaged-build.ts';
import { SOURCE_LISTING, writeSourceListing } from './inputs/source-listing.ts';
import { isTrouble } from './is-damage.ts';
import type { Recorded } from './journal.ts';
import { artifactPlace, type CachedArtifact, type CachedRecord, PLACE } from './record.ts';
import { makeRecipe } from './tar-recipe.ts';

export interface SaveOptions {
  readonly cache: BuildCache;
  readonly ref: string;
  readonly key: CacheKey;
  readonly plan: Plan;
  readonly recorded: Recorded;
  /** The log, on this machine. */
  readonly log: string;
  readonly startedAt: number;
  readonly durationMs: number;
}

/** Keeps what a passed run made, and tells of it. A run does not fail for it: trouble is told by a notice. */
export async function saveRun(context: RunContext, options: SaveOptions): Promise<void> {
  const { cache, ref, key } = options;
  const { signal, notice, emit } = context;
  try {
    const parts = await partsOf(context, options);
    const saved = await cache.save({ ref, parts, signal, onNotice: notice });
    emit({ type: 'cache-saved', at: Date.now(), ref, key: key.key, ...saved });
  } catch (error) {
    if (signal.aborted) notice('warning', 'Not kept in the cache: interrupted');
    else if (isTrouble(error)) notice('warning', `Not kept in the cache: ${error.message}`);
    else throw error;
  }
}

const json = (path: string, value: unknown): TreePart => ({
  path,
  content: Buffer.from(`${JSON.stringify(value)}\n`),
});

async function partsOf(context: RunContext, options: SaveOptions): Promise<TreePart[]> {
  const { recorded, log, key } = options;
  const artifacts = await Promise.all(recorded.artifacts.map(artifactParts));
  const record = recordOf(
    context,
    options,
    artifacts.map(({ artifact }) => artifact),
  );
  return [
    json(PLACE.record, record),
    { path: SOURCE_LISTING, content: writeSourceListing(key.source) },
    json(PLACE.timeline, recorded.timeline),
    { path: PLACE.log, file: log },
    ...artifacts.flatMap(({ parts }) => parts),
  ];
}

function recordOf(
  { request, redactor }: RunContext,
  { cache, key, plan, startedAt, durationMs }: SaveOptions,
  artifacts: readonly CachedArtifact[],
): CachedRecord {
  const { runId, pipeline, application } = request;
  return {
    version: 1,
    key: key.key,
    inputs: key.inputs.map((input) =>
      input.shown === undefined ? input : { ...input, shown: redactor.text(input.shown) },
    ),
    runId,
    application: { id: application.id, name: application.name },
    pipeline,
    startedAt,
    durationMs,
    slipway: cache.version,
    steps: plan.steps.length + plan.afterSteps.length,
    artifacts,
  };
}

async function artifactParts({
  folder,
  tar,
  name,
  step,
}: Recorded['artifacts'][number]): Promise<{ artifact: CachedArtifact; parts: TreePart[] }> {
  if (folder === undefined || tar === undefined)
    throw new DamagedBuildError(`${name} is not on this machine`);
  const place = artifactPlace(step);
  const { recipe, rest, sha256, sizeBytes } = await makeRecipe(tar);
  return {
    artifact: { ...(step !== undefined && { step }), sha256, sizeBytes },
    parts: [{ path: place.folder, folder }, json(place.recipe, recipe), { path: place.rest, content: rest }],
  };
}
