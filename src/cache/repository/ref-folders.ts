import { utimesSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isPrivateRef, isRefName } from '../ostree/index.ts';
import { ABSENT, errorCode, unless } from './file-trouble.ts';
import { AT_ONCE } from './list-folder.ts';
import { statsOf } from './stats-of.ts';

/** When the folders of refs were changed last, by their names below `refs/heads`; the outermost is ''. In milliseconds. */
export type FolderTimes = ReadonlyMap<string, number>;

/** No time that a folder has: it is looked at again. */
export const UNSURE = -1;

/** What is directly in a folder of refs. */
export interface RefFolder {
  readonly name: string;
  /** Full names. */
  readonly refs: readonly string[];
}

/** How the folders are now, beside how they were. */
export interface FolderChanges {
  readonly times: Map<string, number>;
  /** Those that are new or were changed, with what is in them now. */
  readonly changed: readonly RefFolder[];
  readonly gone: readonly string[];
}

/** A change that is as old as this can be told from one that comes now: no file system counts in coarser steps. */
const SETTLED_MS = 3000;

/** How far back the time of a folder is set: further than that, and to no moment that a change could fall on. */
const STAMP_MS = 10_000;

/**
 * Compares the folders of refs with how they were: one system call for each that did not change, and nothing for its refs.
 * Under the lock. `before` without entries: all of them are new. What is private is in no list, and not looked at.
 */
export async function findChangedFolders(heads: string, before: FolderTimes): Promise<FolderChanges> {
  const times = new Map<string, number>();
  const changed: RefFolder[] = [];
  const gone: string[] = [];
  const open = new Set(['', ...before.keys()]);
  let looked = 0;
  for (const name of open) {
    looked += 1;
    if (looked % AT_ONCE === 0) await setImmediate();
    const time = timeOf(`${heads}/${name}`);
    if (time === undefined) gone.push(name);
    else if (time === before.get(name)) times.set(name, time);
    else {
      // First the time, then the names: what changes between the two is seen next time.
      times.set(name, stamp(join(heads, name), time));
      const found = await readFolder(heads, name);
      for (const folder of found.folders) open.add(folder);
      changed.push({ name, refs: found.refs });
    }
  }
  return { times, changed, gone };
}

/** `undefined` where there is no folder of that name; a ref may have the name of a folder that it was in. */
export function timeOf(path: string): number | undefined {
  const found = statsOf(path);
  return found?.isDirectory() === true ? found.mtimeMs : undefined;
}

/**
 * Makes the time of a folder one that the next change cannot have as well, however coarse the clock of its file system is;
 * gives it. `UNSURE` where that is not possible.
 */
export function stamp(path: string, time: number): number {
  const now = Date.now();
  if (now - time > SETTLED_MS) return time;
  try {
    const stamped = (now - STAMP_MS + Math.random()) / 1000;
    utimesSync(path, stamped, stamped);
    return timeOf(path) ?? UNSURE;
  } catch (cause) {
    if (['EPERM', 'EACCES', 'EROFS', 'ENOENT'].includes(errorCode(cause) ?? '')) return UNSURE;
    throw cause;
  }
}

async function readFolder(
  heads: string,
  name: string,
): Promise<{ readonly refs: readonly string[]; readonly folders: readonly string[] }> {
  const refs: string[] = [];
  const folders: string[] = [];
  for (const entry of (await unless(ABSENT, readdir(join(heads, name), { withFileTypes: true }))) ?? []) {
    const full = name === '' ? entry.name : `${name}/${entry.name}`;
    if (isRefName(full) && !isPrivateRef(full)) (entry.isDirectory() ? folders : refs).push(full);
  }
  return { refs, folders };
}
