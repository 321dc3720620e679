import { CacheError, type CacheErrorCode } from '../error.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { countProgress, type Fetching, type PullProgress } from './fetch-context.ts';
import { forEachInParallel } from './in-parallel.ts';
import { refByOtherKey } from './other-key.ts';
import { pullArtifact } from './pull-artifact.ts';
import type { PullSource } from './pull-source.ts';
import type { RemoteRef } from './remote-refs.ts';

export interface PullOptions {
  readonly onProgress?: (progress: PullProgress) => void;
}

/** What became of one ref. */
export type PullOutcome =
  /** It is here, and was not before, or named another commit. */
  | { readonly type: 'pulled'; readonly ref: string; readonly commit: string }
  /** It was here already, the same. */
  | { readonly type: 'present'; readonly ref: string; readonly commit: string }
  /** It is written once here, and names another commit than there. */
  | { readonly type: 'kept'; readonly ref: string; readonly commit: string }
  /** The cache does not have it. */
  | { readonly type: 'absent'; readonly ref: string }
  /** The cache has it, or would not say, and it could not be had. */
  | { readonly type: 'failed'; readonly ref: string; readonly error: CacheError };

export interface PullResult {
  /** In the order of the refs. */
  readonly outcomes: readonly PullOutcome[];
  /** Refs that were set beside: the same artifacts by their other keys. */
  readonly byOtherKey: readonly Ref[];
  readonly fetchedObjects: number;
  readonly fetchedBytes: number;
}

const ARTIFACTS_AT_ONCE = 4;

/**
 * Pulls artifacts from one cache into a repository. Whatever becomes of one of them, the others are pulled; what a cut left
 * is gone on with by the next pull. Everything is checked, and no ref is set before all below it is here. Throws what this
 * machine cannot do (`NO_SPACE`, `INVALID_REF`, …) and `signal.reason`; what the cache does wrong is an outcome.
 */
export async function pullRefs(
  repository: Repository,
  refs: readonly string[],
  source: PullSource,
  { onProgress = () => {} }: PullOptions = {},
): Promise<PullResult> {
  const { asking, connections } = source;
  const { maxObjectBytes } = repository.settings;
  const progress = countProgress(onProgress);
  await using staging = await repository.openStaging({ resumable: true });
  const fetching: Fetching = {
    ...asking,
    staging,
    connections,
    maxObjectBytes,
    inFlight: new Map(),
    progress,
  };
  const pulling: Pulling = { fetching, repository, source };
  const found = new Map<string, PullOutcome>();
  await forEachInParallel(ARTIFACTS_AT_ONCE, [...new Set(refs)], async (ref) => {
    found.set(ref, await pullOne(pulling, ref));
  });
  const { others, byOtherKey } = await publish(pulling, [...found.values()]);
  const outcomes = refs.flatMap((ref) => others.get(ref) ?? found.get(ref) ?? []);
  const { doneObjects: fetchedObjects, doneBytes: fetchedBytes } = progress.now;
  return { outcomes, byOtherKey, fetchedObjects, fetchedBytes };
}

interface Pulling {
  readonly fetching: Fetching;
  readonly repository: Repository;
  readonly source: PullSource;
}

/** Trouble of the cache, and not of this machine. */
const OF_THE_CACHE: readonly CacheErrorCode[] = [
  'UNAVAILABLE',
  'REFUSED',
  'PROTOCOL',
  'CORRUPT_OBJECT',
  'TOO_LARGE',
  'MISSING_OBJECT',
  'NO_REPOSITORY',
  'BAD_REPOSITORY',
];

const isOfTheCache = (error: unknown): error is CacheError =>
  error instanceof CacheError && OF_THE_CACHE.includes(error.code);

async function pullOne({ fetching, repository, source }: Pulling, ref: string): Promise<PullOutcome> {
  const own = await repository.readRef(ref);
  try {
    const remote: RemoteRef | undefined = await source.refs.read(ref);
    if (remote === undefined) return { type: 'absent', ref };
    const { commit } = remote;
    if (commit !== own) {
      await pullArtifact(fetching, remote);
      return { type: 'pulled', ref, commit };
    }
    await repository.touch(commit);
    return { type: 'present', ref, commit };
  } catch (error) {
    fetching.signal.throwIfAborted();
    if (error instanceof CacheError && OF_THE_CACHE.includes(error.code))
      return { type: 'failed', ref, error };
    throw error;
  }
}

interface PublishedRefs {
  /** What became of refs that could not be set. */
  readonly others: ReadonlyMap<string, PullOutcome>;
  readonly byOtherKey: readonly Ref[];
}

async function publish(
  { repository, fetching: { staging, signal } }: Pulling,
  outcomes: readonly PullOutcome[],
): Promise<PublishedRefs> {
  const pulled = outcomes.filter((outcome) => outcome.type === 'pulled');
  if (pulled.length === 0) return { others: new Map(), byOtherKey: [] };
  const asked = new Set(pulled.map(({ ref }) => ref));
  const beside: Ref[] = [];
  try {
    for (const outcome of pulled) {
      const other = await refByOtherKey(staging, outcome, repository);
      if (other !== undefined && !asked.has(other.ref)) beside.push(other);
    }
    const published = await staging.publish([...beside, ...pulled], { signal });
    const moved = new Set(published.moved.map(({ ref }) => ref));
    const stayed = await Promise.all(
      pulled.filter(({ ref }) => !moved.has(ref)).map((outcome) => asItStayed(repository, outcome)),
    );
    const others = new Map(stayed.map((outcome) => [outcome.ref, outcome]));
    return { others, byOtherKey: beside.filter(({ ref }) => moved.has(ref)) };
  } catch (error) {
    if (!isOfTheCache(error)) throw error;
    return {
      others: new Map(pulled.map(({ ref }) => [ref, { type: 'failed', ref, error }])),
      byOtherKey: [],
    };
  }
}

/** Another process set it at the same time, or it is written once. */
async function asItStayed(repository: Repository, { ref, commit }: Ref): Promise<PullOutcome> {
  const own = (await repository.readRef(ref)) ?? commit;
  return { type: own === commit ? 'present' : 'kept', ref, commit: own };
}
