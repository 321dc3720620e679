import { opendir, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { unless } from '../../kernel/index.ts';
import { isLogName } from '../log-name.ts';

const LOG = '.log';
const ENDED = '.ended';

/** The files of a log: its bytes, and one that is there from its end on. */
export interface LogPaths {
  readonly log: string;
  readonly ended: string;
}

/** `name` is one of `isLogName`: nothing in it leads out of the folder. */
export const pathsOf = (root: string, name: string): LogPaths => ({
  log: join(root, `${name}${LOG}`),
  ended: join(root, `${name}${ENDED}`),
});

/** The names of all logs in a folder. */
export async function* namesIn(root: string): AsyncGenerator<string, void, undefined> {
  const folder = await unless(['ENOENT'], opendir(root, { recursive: true }));
  if (folder === undefined) return;
  for await (const entry of folder) {
    if (!entry.isFile() || !entry.name.endsWith(LOG)) continue;
    const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
    const name = path.slice(0, -LOG.length);
    if (isLogName(name)) yield name;
  }
}

/** Removes the folders above a log that have nothing in them, up to the root. */
export async function removeEmptyFolders(root: string, path: string): Promise<void> {
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // something is in it, and so in those above
    }
  }
}
