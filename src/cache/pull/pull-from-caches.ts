import { CacheError } from '../error.ts';
import { sshCommand } from '../push/ssh-words.ts';
import { pullAddress } from '../remotes/pull-address.ts';
import type { RemoteCache } from '../remotes/remote.ts';
import type { Repository } from '../repository/repository.ts';
import type { PullProgress } from './fetch-context.ts';
import { type PullOutcome, type PullResult, pullRefs } from './pull-refs.ts';
import { openPullSource, type PullSourceOptions } from './pull-source.ts';

/** What became of what one cache was asked for. */
export interface AskedCache {
  /** The cache, for messages. */
  readonly cache: string;
  readonly result: PullResult;
}

export interface PullFromCachesOptions extends PullSourceOptions {
  readonly onProgress?: (progress: PullProgress) => void;
}

/** Caches that something can be pulled from, or that say where. */
export const pullable = (remotes: readonly RemoteCache[]): readonly RemoteCache[] =>
  remotes.filter(({ pullUrl, ask }) => pullUrl !== undefined || ask !== undefined);

/**
 * Pulls each ref from the first cache that has it: the next one is asked for what is absent or could not be had. Gives
 * what each did as soon as that is over. Throws as `pullRefs`.
 */
export async function* pullFromCaches(
  repository: Repository,
  refs: readonly string[],
  remotes: readonly RemoteCache[],
  options: PullFromCachesOptions,
): AsyncGenerator<AskedCache, void, undefined> {
  let left = [...new Set(refs)];
  for (const remote of remotes) {
    if (left.length === 0) return;
    const result = await pullFromCache(repository, left, remote, options);
    yield { cache: remote.name, result };
    const had = new Set(result.outcomes.filter(isHad).map(({ ref }) => ref));
    left = left.filter((ref) => !had.has(ref));
  }
}

/** Whether the ref is here now. */
export const isHad = ({ type }: PullOutcome): boolean => type !== 'absent' && type !== 'failed';

async function pullFromCache(
  repository: Repository,
  refs: readonly string[],
  remote: RemoteCache,
  options: PullFromCachesOptions,
): Promise<PullResult> {
  try {
    const address = await addressOf(remote, options);
    using source = openPullSource(address, options);
    const { onProgress } = options;
    return await pullRefs(repository, refs, source, onProgress === undefined ? {} : { onProgress });
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof NoAddress)) throw error;
    const outcomes = refs.map((ref) => ({ type: 'failed', ref, error: error.reason }) as const);
    return { outcomes, byOtherKey: [], fetchedObjects: 0, fetchedBytes: 0 };
  }
}

/** A cache would not say where to pull from: its trouble, and not that of this machine. */
class NoAddress extends Error {
  readonly reason: CacheError;

  constructor(reason: CacheError) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

/** Where to pull from, as the configuration says or, in 1.0's form, the receiver. */
async function addressOf(
  remote: RemoteCache,
  { signal, environment = process.env }: PullFromCachesOptions,
): Promise<string> {
  const address = await pullAddress(remote, { signal, ssh: sshCommand(environment) }).catch(asNoAddress);
  if (address !== undefined) return address;
  const hint = 'Its receiver is to be started with --pull-url, or pull-url is to be configured here.';
  throw new NoAddress(
    new CacheError('UNAVAILABLE', `${remote.name} does not say where to pull from`, { hint }),
  );
}

function asNoAddress(error: unknown): never {
  throw error instanceof CacheError ? new NoAddress(error) : error;
}
