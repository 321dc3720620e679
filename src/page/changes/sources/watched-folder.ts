import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';

export interface WatchedFolderOptions {
  /** Told the names of files in it that were changed, made or removed, gathered; `undefined`: any may have been. */
  readonly onChange: (names: ReadonlySet<string> | undefined) => void;
  /** Told when it can be watched no longer; nothing is heard of it then. */
  readonly onError: (error: unknown) => void;
  /** What changes within that time is told together. */
  readonly gatherMs: number;
  /** @defaultValue it has to be there */
  readonly isMade?: boolean;
}

const MAX_NAMES = 1000;

/** Watches the files directly in a folder, whichever process changes them. Never throws: a folder that cannot be watched is told of. */
export async function watchFiles(folder: string, options: WatchedFolderOptions): Promise<Disposable> {
  const { onChange, onError, gatherMs, isMade = false } = options;
  let names: Set<string> | undefined = new Set();
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function hear(_event: string, name: string | null): void {
    if (name === null || (names !== undefined && names.size >= MAX_NAMES)) names = undefined;
    names?.add(name ?? '');
    timer ??= setTimeout(() => {
      const heard = names;
      names = new Set();
      timer = undefined;
      onChange(heard);
    }, gatherMs).unref();
  }

  try {
    if (isMade) await mkdir(folder, { recursive: true, mode: 0o700 });
    watcher = watch(folder, { persistent: false }, hear);
    watcher.on('error', onError);
  } catch (error) {
    onError(error);
  }
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}
