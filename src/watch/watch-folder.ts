import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { SYSTEM_CLOCK } from './clock.ts';
import { WatchError, watchError } from './error.ts';
import { type Changes, createSettler, PACE, type Settler } from './settle.ts';

export interface WatchOptions {
  /** What is left out; asked of a folder before what is in it. Paths are relative, parts separated by `/`. */
  readonly ignore?: (path: string, isFolder: boolean) => boolean;
}

/** A folder that is being watched; dispose it to stop. */
export interface FolderWatch extends AsyncDisposable {
  /**
   * Waits for files to be added, changed or removed and to come to rest, and gives their paths relative to the folder.
   * Every change since the watch began is in one batch or another, also those made while nobody was waiting. One call
   * at a time. Rejects with the signal's reason when it aborts, and with `WatchError` when the watch is lost.
   */
  next(signal: AbortSignal): Promise<Changes>;
}

/**
 * Watches a folder with everything in it, folders that are made later included. Resolves when it is watched: what
 * changes from then on is seen. Links are not followed. Throws `WatchError`.
 */
export async function watchFolder(folder: string, options: WatchOptions = {}): Promise<FolderWatch> {
  const root = resolve(folder);
  await requireFolder(root);
  const { watch } = await import('chokidar'); // 100 KB that a run which watches nothing does not load
  const settler = createSettler(PACE, SYSTEM_CLOCK);
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false, // the settling does it, without the 100 ms
    ignored: (path, stats) => {
      const name = pathIn(root, path);
      // It is asked without `stats` first: what only folders are left out for is known the second time.
      return name !== '' && (options.ignore?.(name, stats?.isDirectory() ?? false) ?? false);
    },
  });
  try {
    await ready(watcher, root);
  } catch (error) {
    await watcher.close();
    throw error;
  }
  listen(watcher, root, settler);
  return {
    next: (signal) => settler.take(signal),
    [Symbol.asyncDispose]: async () => await watcher.close(),
  };
}

const pathIn = (root: string, path: string): string => relative(root, path).split(sep).join('/');

async function requireFolder(root: string): Promise<void> {
  const found = await stat(root).catch((cause: unknown) => {
    throw new WatchError('NOT_FOUND', `cannot watch ${root}: there is no such folder`, { cause });
  });
  if (!found.isDirectory()) throw new WatchError('NOT_FOUND', `cannot watch ${root}: it is no folder`);
}

async function ready(watcher: FSWatcher, root: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  watcher.once('ready', resolve);
  watcher.on('error', (error) => reject(watchError(root, error)));
  await promise;
}

function listen(watcher: FSWatcher, root: string, settler: Settler): void {
  watcher.on('error', (error) => settler.fail(watchError(root, error)));
  for (const event of ['add', 'change', 'unlink'] as const) {
    watcher.on(event, (path) => settler.add(pathIn(root, path)));
  }
  watcher.on('unlinkDir', (path) => {
    if (pathIn(root, path) !== '') return;
    settler.fail(new WatchError('NOT_FOUND', `cannot watch ${root} any longer: it was removed`));
  });
}
