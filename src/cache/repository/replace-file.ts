import { open, rename, rm } from 'node:fs/promises';
import { FILE_MODE } from './folders.ts';

/**
 * Writes a file beside its place and gives it its name when it is on the disk: whoever reads sees the old or the new one,
 * whole. Under the lock only: the name of the new file is the same each time, so that a killed process leaves one at most.
 */
export async function replaceFile(
  path: string,
  temporary: string,
  content: Uint8Array | string,
): Promise<void> {
  await writeSynced(temporary, content);
  await rename(temporary, path);
}

/** Makes a file that was not there, for everybody to read, and waits until the disk has it. */
export async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, 'wx', FILE_MODE);
  await file.writeFile(content);
  await file.chmod(FILE_MODE);
  await file.sync();
}

/** Replaces a file in one step as well, for what may be lost in a crash: nobody waits for the disk. Under the lock. */
export async function replaceHint(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true }); // another user may have left it
  await using file = await open(temporary, 'wx', FILE_MODE);
  await file.writeFile(content);
  await file.chmod(FILE_MODE);
  await rename(temporary, path);
}
