import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { currentOwner, isGone } from '../../kernel/index.ts';
import { identityOf, removeFacts } from './facts.ts';
import type { Folder } from './folder.ts';
import { unless } from './fs-error.ts';

/** A file that is being written; dispose it to close and remove it. */
export interface TemporaryFile extends AsyncDisposable {
  readonly path: string;
  readonly file: FileHandle;
}

const hostPart = (host: string): string => Buffer.from(host).toString('base64url');

/** A name in the folder for what is half written; it says who made it. */
export function temporaryPath(folder: Folder): string {
  const { host, process } = currentOwner();
  return join(folder.temporary, `${hostPart(host)},${process},${randomBytes(9).toString('hex')}`);
}

/** The mode is what the process's umask leaves of 0666: others may be meant to read objects as files. */
export async function createTemporaryFile(folder: Folder): Promise<TemporaryFile> {
  const path = temporaryPath(folder);
  const file = await open(path, 'wx', 0o666);
  return {
    path,
    file,
    async [Symbol.asyncDispose]() {
      await file.close();
      await rm(path, { force: true });
    },
  };
}

/** Removes what killed processes left half written, and nobody else's. */
export async function removeDeadTemporaries(folder: Folder): Promise<void> {
  for (const name of await readdir(folder.temporary)) {
    const [host = '', process = ''] = name.split(',');
    if (!isGone({ host: Buffer.from(host, 'base64url').toString(), process })) continue;
    const path = join(folder.temporary, name);
    const stats = await unless(['ENOENT'], lstat(path, { bigint: true }));
    // One that has a second name is an object already, whose maker was killed before it removed the first.
    if (stats?.nlink === 1n) await removeFacts(folder, identityOf(stats));
    await rm(path, { force: true });
  }
}
