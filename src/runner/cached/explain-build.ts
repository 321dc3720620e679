import { ok, type Result } from '../../kernel/index.ts';
import {
  type CacheInput,
  type CacheKey,
  compareInputs,
  compareSources,
  type InputChange,
  type NotCacheable,
  type SourceChange,
  secretsAmong,
} from '../../pipeline/index.ts';
import type { RunFailure, RunRequest } from '../request.ts';
import type { BuildCache } from './build-cache.ts';
import { buildPrefix } from './build-ref.ts';
import { type ExplainDependencies, explainCacheKey } from './inputs/explain-key.ts';
import { isDamage } from './is-damage.ts';
import { readBuildRecord, readBuildSource } from './read-build.ts';

export interface ExplainBuildDependencies extends ExplainDependencies {
  readonly cache: Pick<BuildCache, 'newest'>;
}

/** What was found out of a build and the cache, without running it. */
export type BuildExplanation =
  | ({ readonly isCacheable: false } & NotCacheable)
  | {
      readonly isCacheable: true;
      readonly key: CacheKey;
      /** What it is called in the cache, whether or not it is there. */
      readonly ref: string;
      /** The newest build of the pipeline on this machine. Absent: there is none, or it is damaged. */
      readonly newest?: EarlierDifference;
    };

/** An earlier build, and what has changed since; nothing, where it has the same key. */
export interface EarlierDifference {
  readonly key: string;
  readonly runId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly changes: readonly InputChange[];
  readonly files: readonly SourceChange[];
  /** Where the keys differ and nothing else does, one of these must have changed. */
  readonly secrets: readonly CacheInput[];
}

/**
 * What a cached build depends on and what changed since the newest one that is here. Runs nothing, asks no other cache, and
 * may be called again. Throws `CacheError` for trouble with this machine's repository.
 */
export async function explainBuild(
  request: RunRequest,
  { cache, ...dependencies }: ExplainBuildDependencies,
): Promise<Result<BuildExplanation, RunFailure>> {
  const explained = await explainCacheKey(request, dependencies);
  if (!explained.ok) return explained;
  if (!explained.value.isCacheable) return ok(explained.value);
  const { key } = explained.value;
  const prefix = buildPrefix(request);
  const newest = await newestDifference(cache, prefix, key);
  const ref = `${prefix}/${key.key}`;
  return ok({ isCacheable: true, key, ref, ...(newest !== undefined && { newest }) });
}

async function newestDifference(
  cache: Pick<BuildCache, 'newest'>,
  prefix: string,
  key: CacheKey,
): Promise<EarlierDifference | undefined> {
  try {
    const build = await cache.newest(prefix);
    if (build === undefined) return undefined;
    const [record, source] = await Promise.all([readBuildRecord(build), readBuildSource(build)]);
    const changes = compareInputs(record.inputs, key.inputs);
    return {
      key: record.key,
      runId: record.runId,
      startedAt: record.startedAt,
      changes,
      files: compareSources(source, key.source),
      secrets: changes.length === 0 && record.key !== key.key ? secretsAmong(key.inputs) : [],
    };
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}
