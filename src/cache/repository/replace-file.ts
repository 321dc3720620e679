import { open, rename, rm } from 'node:fs/promises';
import { errorCode } from './file-trouble.ts';
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

/**
 * Replaces a file in one step as well, for what can be found out again: nobody waits for the disk, and where that is full
 * nothing is noted, so that room can be made on it. Under the lock.
 */
export async function replaceHint(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true }); // another user may have left it
  try {
    await writeHint(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    if (!FULL.includes(errorCode(cause) ?? '')) throw cause;
    for (const each of [temporary, path]) await rm(each, { force: true });
  }
}

const FULL = ['ENOSPC', 'EDQUOT'];

async function writeHint(path: string, content: string): Promise<void> {
  await using file = await open(path, 'wx', FILE_MODE);
  await file.writeFile(content);
  await file.chmod(FILE_MODE);
}
