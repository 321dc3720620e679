import { type FSWatcher, watch } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { unless } from '../../../kernel/index.ts';

export interface WatchedFolderOptions {
  /** Told the names of files in it that were changed, made or removed, gathered; `undefined`: any may have been. */
  readonly onChange: (names: ReadonlySet<string> | undefined) => void;
  /** Told when it cannot be watched, or not any longer; nothing is heard of it then. */
  readonly onError: (error: unknown) => void;
  /** What changes within that time is told together. */
  readonly gatherMs: number;
  /** It may not be there, or go when it becomes empty: it is made then. @defaultValue it has to be there */
  readonly isMade?: boolean;
}

const MAX_NAMES = 1000;

/** Watches the files directly in a folder, whichever process changes them. Never throws. */
export async function watchFiles(folder: string, options: WatchedFolderOptions): Promise<Disposable> {
  const { onChange, onError, gatherMs, isMade = false } = options;
  let names: Set<string> | undefined = new Set();
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let watched: number | undefined; // the inode
  let isDisposed = false;

  function hear(_event: string, name: string | null): void {
    if (name === null || (names !== undefined && names.size >= MAX_NAMES)) names = undefined;
    names?.add(name ?? '');
    timer ??= setTimeout(() => void tell(), gatherMs).unref();
  }

  async function tell(): Promise<void> {
    const heard = names;
    names = new Set();
    timer = undefined;
    onChange((await isStill()) ? heard : undefined);
  }

  /** Whether it is the folder that is watched. Another one, or one that has to be made, is watched from now on. */
  async function isStill(): Promise<boolean> {
    try {
      const found = await unless(['ENOENT'], stat(folder));
      if (found?.ino === watched && found !== undefined) return true;
      await begin();
    } catch (error) {
      onError(error);
    }
    return false;
  }

  async function begin(): Promise<void> {
    watcher?.close();
    watcher = undefined;
    if (isMade) await mkdir(folder, { recursive: true, mode: 0o700 });
    if (isDisposed) return;
    watcher = watch(folder, { persistent: false }, hear);
    watcher.on('error', onError);
    watched = (await stat(folder)).ino;
  }

  await begin().catch(onError);
  return {
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
