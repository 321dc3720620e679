import { constants, copyFileSync, utimesSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { type BytePath, fsPath, pathText } from './byte-path.ts';
import { errorCode, fileError } from './error.ts';
import type { TreeEntry } from './walk.ts';

// Copying this much takes a millisecond or less: not worth a thread.
const MAX_SYNC_BYTES = 1024 * 1024;
const MODE = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

/**
 * Copies a file, with its mode, to where none is; shares the blocks where the file system can. Only a large file gives a
 * promise, because ten thousand of them cost more than the copying of ten thousand small files.
 */
export function copyFileTo(
  target: BytePath,
  entry: TreeEntry,
  options: { readonly timeOffsetMs: number },
): Promise<void> | undefined {
  const [from, to] = [fsPath(entry.source), fsPath(target)];
  const setTime = (): void => {
    const { atimeMs, mtimeMs } = entry.stats;
    utimesSync(to, atimeMs / 1000, (mtimeMs + options.timeOffsetMs) / 1000);
  };
  const fail = (cause: unknown): undefined => {
    // A file that has vanished since the walk saw it is not part of the tree.
    if (errorCode(cause) !== 'ENOENT') throw fileError('copy', pathText(entry.source), cause);
    return undefined;
  };
  if (entry.stats.size > MAX_SYNC_BYTES) return copyFile(from, to, MODE).then(setTime).catch(fail);
  try {
    copyFileSync(from, to, MODE);
    setTime();
  } catch (cause) {
    fail(cause);
  }
  return undefined;
}
