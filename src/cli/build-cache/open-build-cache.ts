import type { BuildCache, RunRequest } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { type OpenCache, openCache } from '../open-cache.ts';
import { eventLines } from '../render/event-lines.ts';
import { createStyle } from '../render/style.ts';
import { versionText } from '../version.ts';
import type { Caches } from './caches.ts';
import { findBuild } from './find-build.ts';
import { newestBuild } from './newest-build.ts';
import { saveBuild } from './save-build.ts';

/** What the builds of one command take from the cache and give to it. Dispose it when they are over. */
export interface OpenBuildCache extends BuildCache, AsyncDisposable {}

export interface BuildCacheOptions {
  /** Whether what was kept is sent to other caches. @defaultValue true */
  readonly push?: boolean;
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
