import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheError } from '../error.ts';
import { errorCode } from './file-trouble.ts';
import { FILE_MODE, isFolder, makeFolder } from './folders.ts';
import { FOLDERS, type Layout } from './layout.ts';

/** Nothing may be written: then it is only read from. */
const READ_ONLY = ['EACCES', 'EPERM', 'EROFS'];

/** Makes the folders and the lock of a repository that are missing, and touches none that are there. */
export async function makeLayout(layout: Layout): Promise<void> {
  for (const name of FOLDERS) {
    const path = join(layout.root, name);
    if (!(await makeFolder(path)) && !(await isFolder(path))) {
      throw new CacheError('BAD_REPOSITORY', `${path} is no folder, or a link to one`);
    }
  }
  await makeLock(layout.lock);
}

/** The same where it is allowed; a repository that others write is read as it is. */
export async function completeLayout(layout: Layout): Promise<void> {
  try {
    await makeLayout(layout);
  } catch (cause) {
    if (!READ_ONLY.includes(errorCode(cause) ?? '')) throw cause;
  }
}

async function makeLock(path: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', FILE_MODE);
    await file.chmod(FILE_MODE);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
    if ((await lstat(path)).isFile()) return;
    throw new CacheError('BAD_REPOSITORY', `${path} is no file`);
  }
}
