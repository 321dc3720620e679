import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { currentOwner, errorCode, isGone, unless } from '../../kernel/index.ts';

/** Something on disk that one process uses at a time. */
export interface HeldLock {
  release(): Promise<void>;
}

/**
 * Takes a lock, a file that names its holder; `undefined` where a process that lives has it, this one included. The lock of
 * a process that died is taken over.
 */
export async function tryLock(path: string): Promise<HeldLock | undefined> {
  const { host, process } = currentOwner();
  const holder = JSON.stringify({ host, process });
  // Once more after one that was left over: another process may be quicker.
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(path, holder, { flag: 'wx', mode: 0o600 });
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if (!(await removeLeftOver(path))) return undefined;
  }
  return undefined;
}

/** Whether the lock is free now. */
async function removeLeftOver(path: string): Promise<boolean> {
  const holder = await unless(['ENOENT'], readFile(path, 'utf8'));
  if (holder === undefined) return true;
  if (!isLeftOver(holder)) return false;
  // Moved away, not removed: who has taken it over meanwhile gets theirs back.
  const away = `${path}.${randomUUID()}`;
  await unless(['ENOENT'], rename(path, away));
  const moved = await unless(['ENOENT'], readFile(away, 'utf8'));
  if (moved === undefined) return true;
  if (moved !== holder) {
    await rename(away, path);
    return false;
  }
  await rm(away, { force: true });
  return true;
}

/** One that is just being written cannot be read yet: it is held. */
function isLeftOver(holder: string): boolean {
  try {
    const { host, process } = JSON.parse(holder);
    return typeof host === 'string' && typeof process === 'string' && isGone({ host, process });
  } catch {
    return false;
  }
}
