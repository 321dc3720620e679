import { closeSync, constants, fchmodSync, fchownSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './file-trouble.ts';

/** A web server may be another user: whatever the umask is, folders and files can be read by everybody. */
export const FOLDER_MODE = 0o755;
export const FILE_MODE = 0o644;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Makes a folder, if nothing is there yet, with exactly this mode. Says whether it was made. One that root makes in the folder
 * of another user is that user's, who could not go on in it otherwise.
 */
export async function makeFolder(path: string, mode: number = FOLDER_MODE): Promise<boolean> {
  try {
    mkdirSync(path, { mode }); // here and now: an empty repository gets 256 of them in its first push
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw cause;
  }
  // Opened and not named: somebody may put something else in its place.
  const folder = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fchmodSync(folder, mode);
    giveToOwner(folder, dirname(path));
  } finally {
    closeSync(folder);
  }
  return true;
}

function giveToOwner(folder: number, parent: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = lstatSync(parent);
  if (uid !== 0) fchownSync(folder, uid, gid);
}

/** Makes a folder and those above it; what is there stays as it is. Gives those that were made, the outermost first. */
export async function makeFolders(path: string): Promise<readonly string[]> {
  try {
    return (await makeFolder(path)) ? [path] : [];
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT' || path === dirname(path)) throw cause;
  }
  const made = await makeFolders(dirname(path));
  return (await makeFolder(path)) ? [...made, path] : made;
}

/** Whether it is a folder itself, and no link to one. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return false;
    throw cause;
  }
}

/** Puts on the disk which names are in a folder, or what is in a file. */
export async function syncPath(path: string): Promise<void> {
  await using file = await open(path);
  await file.sync();
}
