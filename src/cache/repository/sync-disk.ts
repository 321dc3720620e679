import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CacheError } from '../error.ts';
import { errorCode } from './file-trouble.ts';
import { syncPath } from './folders.ts';

/**
 * Puts on the disk what was written to a file system: one call for any number of files, instead of a wait for each. Where
 * the program for it is missing, each of the paths is waited for.
 */
export async function syncDisk(folder: string, paths: () => Iterable<string>): Promise<void> {
  try {
    // `-f`, and not its long name: busybox has it as well.
    await promisify(execFile)('sync', ['-f', folder]);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw syncFailed(folder, cause);
    for (const path of paths()) await syncPath(path);
  }
}

function syncFailed(folder: string, cause: unknown): CacheError {
  const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
  return new CacheError('BAD_REPOSITORY', `Could not put ${folder} on the disk: ${said}`, { cause });
}
