import {
  CacheError,
  commitTree,
  openPullSource,
  pullAddress,
  pullRefs,
  pushRefs,
  pushTargetName,
  type RemoteCache,
  type Repository,
  sshCommand,
} from '../../cache/index.ts';
import type { BuildCache, BuildToSave, CachedBuild, FindOptions, RunRequest } from '../../runner/index.ts';
import { DamagedBuildError, readBuildRecord } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { type OpenCache, openCache } from '../open-cache.ts';
import { eventLines } from '../render/event-lines.ts';
import { createStyle } from '../render/style.ts';
import { versionText } from '../version.ts';
import { cachedTree } from './cached-tree.ts';
import { newestRefs } from './newest-ref.ts';

/** What the builds of one command take from the cache and give to it. Dispose it when they are over. */
export interface OpenBuildCache extends BuildCache, AsyncDisposable {}

export interface BuildCacheOptions {
  /** Whether what was kept is sent to other caches. @defaultValue true */
  readonly push?: boolean;
}

const HERE = 'this machine';

interface Caches {
  readonly open: () => Promise<OpenCache>;
  readonly environment: NodeJS.ProcessEnv;
  readonly push: boolean;
}

/** The cache of this machine and those behind it, for the builds of a source; opened when it is first asked. */
export function openBuildCache(
  context: CommandContext,
  { source }: Pick<RunRequest, 'source'>,
  { push = true }: BuildCacheOptions = {},
): OpenBuildCache {
  const projectFolder = source.type === 'folder' ? source.folder : context.currentFolder;
  let opening: Promise<OpenCache> | undefined;
  const open = (): Promise<OpenCache> => {
    opening ??= openCache(context, { projectFolder });
    return opening;
  };
  const caches: Caches = { open, environment: context.environment, push };
  return {
    version: versionText(),
    lines: (event) =>
      eventLines(event, {
        style: createStyle(false),
        steps: [],
        options: {
          colour: false,
          verbose: false,
          debug: false,
          currentFolder: context.currentFolder,
          stderr: {},
        },
      }),
    find: (ref, options) => findBuild(caches, ref, options),
    newest: (prefix) => newestBuild(caches, prefix),
    save: (build) => saveBuild(caches, build),
    async [Symbol.asyncDispose]() {
      const cache = await opening?.catch(() => undefined); // told to whoever opened it
      await cache?.[Symbol.asyncDispose]();
    },
  };
}

const told = ({ message, hint }: CacheError): string =>
  hint === undefined ? message : `${message}; ${hint}`;

async function findBuild(
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

/** So many of one second are looked into: whoever makes more of them looks at none of them closely. */
const MAX_TIED = 16;

async function newestBuild({ open }: Caches, prefix: string): Promise<CachedBuild | undefined> {
  const { repository } = await open();
  const refs = await newestRefs(repository, prefix);
  const builds = refs.slice(0, MAX_TIED).map(({ commit }) => cachedTree(repository, commit, HERE));
  if (builds.length < 2) return builds[0];
  const times = await Promise.all(builds.map(startedAt));
  return builds[times.indexOf(Math.max(...times))];
}

/** When the run of a build started; before all others where that cannot be read. */
async function startedAt(build: CachedBuild): Promise<number> {
  try {
    return (await readBuildRecord(build)).startedAt;
  } catch (error) {
    if (error instanceof CacheError || error instanceof DamagedBuildError) return Number.NEGATIVE_INFINITY;
    throw error;
  }
}

async function saveBuild(
  { open, environment, push }: Caches,
  { ref, parts, signal, onNotice }: BuildToSave,
): Promise<Awaited<ReturnType<BuildCache['save']>>> {
  const { repository, remotes } = await open();
  await using staging = await repository.openStaging();
  const made = await commitTree(staging, parts, { subject: ref, signal });
  const { newBytes } = await staging.publish([{ ref, commit: made.commit }], { signal });
  const commit = (await repository.readRef(ref)) ?? made.commit; // of refs that are written once another one stays
  const pushedTo: string[] = [];
  for (const { push: target } of push ? await pushable(remotes, onNotice) : []) {
    if (target === undefined) continue;
    try {
      await pushRefs(repository, [{ ref, commit }], target, {
        ssh: sshCommand(environment),
        signal,
        onNotice: (text) => onNotice('info', text),
      });
      pushedTo.push(pushTargetName(target));
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      onNotice('warning', `Kept on this machine only: ${told(error)}`);
    }
  }
  return { commit, newBytes, pushedTo };
}

/** The configured caches; none, with a notice, where the configuration is wrong: what was built is kept here all the same. */
async function pushable(
  remotes: OpenCache['remotes'],
  onNotice: FindOptions['onNotice'],
): Promise<readonly RemoteCache[]> {
  try {
    return await remotes();
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    onNotice('warning', `Sent nowhere: ${told(error)}`);
    return [];
  }
}
