import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  CacheError,
  type CacheGroup,
  initRepository,
  openRepository,
  type RemoteCache,
  type Repository,
  readRemotes,
  remotesOf,
} from '../cache/index.ts';
import type { Settings } from '../config/index.ts';
import type { CommandContext } from './command.ts';
import { dataFolder } from './data-folder.ts';
import { type ReadSettings, readSettings } from './read-settings.ts';

/** What a command of the cache works with. Dispose it to close the repository. */
export interface OpenCache extends AsyncDisposable {
  /** This machine's, or the one that `--repository` names. */
  readonly repository: Repository;
  /**
   * The caches that artifacts are pulled from and pushed to, in their order: those of `--pull-url`, `--push-url` and
   * `--push-port` alone where one of the first two is given, else those of the configuration. Read when it is called;
   * warnings go to standard error. Throws `CacheError`, `ConfigurationError`.
   */
  remotes(): Promise<readonly RemoteCache[]>;
}

export interface OpenCacheOptions {
  /** Whose `project.conf` counts, absolute. @defaultValue the current folder */
  readonly projectFolder?: string;
}

const FLAGS = ['pull-url', 'push-url', 'push-port'] as const;

/** The data folder, and the folder of this machine's own repository, which is in it or elsewhere; absolute. */
async function ownFolders(
  context: CommandContext,
): Promise<{ readonly data: string; readonly cache: string }> {
  const { settings } = await readSettings(context);
  const data = settings.get('data.folder') ?? dataFolder(context.environment, context.currentFolder);
  return { data, cache: settings.get('cache.repository') ?? join(data, 'cache') };
}

/** The folder of this machine's own repository, absolute. Throws `UsageError`, `ConfigurationError`. */
export const ownCacheFolder = async (context: CommandContext): Promise<string> =>
  (await ownFolders(context)).cache;

/**
 * Opens the repository that a command means. This machine's own is made at its first use; one that `--repository` names has
 * to be there. Throws `CacheError`, which the program reports with its hint and exit code 1, and `ConfigurationError`.
 */
export async function openCache(context: CommandContext, options: OpenCacheOptions = {}): Promise<OpenCache> {
  // Commands that only use the cache beside their own work have no such flag.
  const named = context.flags.given('repository') ? context.flags.text('repository') : undefined;
  const repository =
    named === undefined
      ? await openOwn(context)
      : await openRepository(resolve(context.currentFolder, named));
  return {
    repository,
    remotes: () => configuredRemotes(context, options),
    [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose](),
  };
}

async function openOwn(context: CommandContext): Promise<Repository> {
  const { data, cache } = await ownFolders(context);
  try {
    return await openRepository(cache);
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'NO_REPOSITORY') throw error;
    await initOwn(data, cache);
    return await openRepository(cache);
  }
}

/**
 * A repository can be read by everybody. The data folder has keys, logs and private refs in it as well: it is its owner's alone,
 * whichever part of it is made first; one that is there stays as it is.
 */
async function initOwn(data: string, cache: string): Promise<void> {
  const isMade = cache === join(data, 'cache') && !existsSync(data);
  await initRepository(cache);
  if (isMade) await chmod(data, 0o700);
}

/** The caches of the command's project, as `OpenCache.remotes` says. */
export async function configuredRemotes(
  context: CommandContext,
  { projectFolder = context.currentFolder }: OpenCacheOptions = {},
): Promise<readonly RemoteCache[]> {
  const given = flagGroup(context);
  const own = ownGroup(await readSettings(context));
  const { caches, warnings } =
    given === undefined
      ? await readRemotes({
          environment: context.environment,
          projectFolder,
          ...(own !== undefined && { own }),
        })
      : remotesOf([given]);
  for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
  return caches;
}

/** Sees whether the caches that a line names can be used, before anything is done. Throws `UsageError`, `CacheError`. */
export function checkCacheFlags(context: CommandContext): void {
  const given = flagGroup(context);
  if (given !== undefined) remotesOf([given]);
}

/** `undefined` where the line names no cache; a command without these flags has given none. */
function flagGroup({ flags }: CommandContext): CacheGroup | undefined {
  const [pullUrl, pushUrl] = FLAGS.map((name) => (flags.given(name) ? flags.text(name) : undefined));
  if (pullUrl === undefined && pushUrl === undefined) return undefined;
  const pushPort = flags.given('push-port') ? flags.number('push-port') : undefined;
  return {
    origin: pullUrl === undefined ? '--push-url' : '--pull-url',
    ...(pullUrl !== undefined && { pullUrl }),
    ...(pushUrl !== undefined && { pushUrl }),
    ...(pushPort !== undefined && { pushPort }),
  };
}

function originOf(settings: Settings, file: string): string {
  const lines = settings
    .list()
    .flatMap(({ path, origin }) =>
      path.startsWith('artifacts.') && origin.from === 'file' ? [origin.line] : [],
    );
  return `${file}:${Math.min(...lines)}`;
}

/** What Slipway's own configuration file says. */
function ownGroup({ settings, file }: ReadSettings): CacheGroup | undefined {
  const [pullUrl, pushUrl, pushPort] = FLAGS.map((name) => settings.get(`artifacts.${name}`));
  const [url, push, caches] = [
    settings.get('artifacts.url'),
    settings.get('artifacts.push'),
    settings.get('artifacts.caches'),
  ];
  const forms = [pullUrl ?? pushUrl, url, caches].filter((form) => form !== undefined);
  if (forms.length === 0) return undefined;
  const origin = originOf(settings, file);
  if (forms.length > 1) {
    const message = `${origin}: the artifact caches are given in two forms`;
    const hint = 'Keep pull-url, push-url and push-port, or url, or caches.';
    throw new CacheError('INVALID_CONFIGURATION', message, { hint });
  }
  if (caches !== undefined) return { origin, caches };
  if (url !== undefined)
    return { origin, isSingle: true, caches: [{ url, ...(push !== undefined && { push }) }] };
  return {
    origin,
    ...(typeof pullUrl === 'string' && { pullUrl }),
    ...(typeof pushUrl === 'string' && { pushUrl }),
    ...(typeof pushPort === 'number' && { pushPort }),
  };
}
