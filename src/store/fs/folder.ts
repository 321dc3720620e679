import { stat } from 'node:fs/promises';
import { StoreError } from '../error.ts';
import { errorCode, fsError, unless } from './fs-error.ts';
import type { Room } from './room.ts';

/** A folder that is open as a store. Paths are absolute, and no part of them was a link when it was opened. */
export interface Folder {
  readonly root: string;
  /** For what is half written. */
  readonly temporary: string;
  /** For what is known of objects beside their bytes. */
  readonly facts: string;
  /** Off where not even its own folders can be made. */
  readonly isWritable: boolean;
  /** What is there as long as the store is: an unmounted disk leaves an empty folder behind. */
  readonly sign: string;
  readonly room: Room;
  readonly now: () => number;
}

/** Throws `NO_STORE` where the folder was removed, or its disk unmounted: nothing in it is not the same as no object. */
export async function requireStore(folder: Folder): Promise<void> {
  if (await unless(['ENOENT', 'ENOTDIR'], stat(folder.sign))) return;
  throw new StoreError(
    'NO_STORE',
    `the folder ${folder.root} is not there any more, or its disk is unmounted`,
  );
}

/** Throws `FORBIDDEN` where the folder may only be read. */
export function requireWritable(folder: Folder): void {
  if (!folder.isWritable) throw new StoreError('FORBIDDEN', `the folder ${folder.root} may only be read`);
}

/** Says of what the file system threw what was attempted; a store that is gone comes before all else. */
export async function failureOf(folder: Folder, attempt: string, cause: unknown): Promise<StoreError> {
  if (errorCode(cause) === 'ENOENT') await requireStore(folder);
  return fsError(attempt, `the folder ${folder.root}`, cause);
}
