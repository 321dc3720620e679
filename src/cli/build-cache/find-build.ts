import {
  CacheError,
  openPullSource,
  pullAddress,
  pullRefs,
  type RemoteCache,
  type Repository,
  sshCommand,
} from '../../cache/index.ts';
import type { CachedBuild, FindOptions } from '../../runner/index.ts';
import { cachedTree } from './cached-tree.ts';
import { type Caches, HERE, told } from './caches.ts';

/** A build of this machine, else of the first other cache that has it. Trouble with a cache is told, and not thrown. */
export async function findBuild(
  { open, environment }: Caches,
  ref: string,
  options: FindOptions,
): Promise<CachedBuild | undefined> {
  try {
    const { repository, remotes } = await open();
    const own = await repository.readRef(ref);
    if (own !== undefined) return cachedTree(repository, own, HERE);
    for (const remote of await remotes()) {
      const commit = await pullFrom(remote, { repository, ref, environment, options });
      if (commit !== undefined) return cachedTree(repository, commit, remote.name);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CacheError) || options.signal.aborted) throw error;
    options.onNotice('warning', `The cache cannot be asked: ${told(error)}`);
    return undefined;
  }
}

interface Pull {
  readonly repository: Repository;
  readonly ref: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly options: FindOptions;
}

// Somebody waits for the build: a cache that does not answer is soon left alone.
const RETRIES = 1;
const STALL_TIMEOUT_MS = 10_000;

/** The commit of a ref, fetched from one cache; `undefined` where that does not have it, or is in trouble. */
async function pullFrom(
  remote: RemoteCache,
  { repository, ref, environment, options: { signal, onNotice } }: Pull,
): Promise<string | undefined> {
  const { name } = remote;
  const pullUrl = await addressOf(remote, { environment, options: { signal, onNotice } });
  if (pullUrl === undefined) return undefined;
  using source = openPullSource(pullUrl, {
    environment,
    signal,
    retries: RETRIES,
    stallTimeoutMs: STALL_TIMEOUT_MS,
  });
  let isTold = false;
  const onProgress = (): void => {
    if (!isTold) onNotice('info', `Fetching what ${name} has of this build`);
    isTold = true;
  };
  const { outcomes } = await pullRefs(repository, [ref], source, { onProgress });
  for (const outcome of outcomes) {
    if (outcome.type === 'failed') onNotice('warning', `${name} cannot be asked: ${told(outcome.error)}`);
    else if (outcome.type !== 'absent') return outcome.commit;
  }
  return undefined;
}

/** Where a cache is pulled from; some say it only when they are asked, over ssh. */
async function addressOf(
  remote: RemoteCache,
  { environment, options: { signal, onNotice } }: Pick<Pull, 'environment' | 'options'>,
): Promise<string | undefined> {
  try {
    return await pullAddress(remote, { ssh: sshCommand(environment), retries: RETRIES, signal });
  } catch (error) {
    if (!(error instanceof CacheError) || signal.aborted) throw error;
    onNotice('warning', `${remote.name} cannot be asked: ${told(error)}`);
    return undefined;
  }
}
