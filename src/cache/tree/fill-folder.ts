import { chmod, lstat, mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Whether a folder has to stay the one that it is: programs work in it (this one, and the shell that started it), or a
 * disk is mounted there. Another folder cannot take its place then.
 */
export async function hasToStay(folder: string): Promise<boolean> {
  const own = await lstat(folder).catch(() => undefined);
  if (own === undefined) return false;
  const [working, above] = [await stat('.').catch(() => undefined), await lstat(dirname(folder))];
  const isWorkedIn = own.dev === working?.dev && own.ino === working.ino;
  return isWorkedIn || own.dev !== above.dev || own.ino === above.ino;
}

/** Moves everything of `fresh`, a folder in it, to a folder in the place of what was there. Where that fails all is as it was. */
export async function fillFolder(folder: string, fresh: string): Promise<void> {
  const { mode } = await lstat(fresh);
  await chmod(fresh, 0o700);
  const before = (await readdir(folder)).filter((name) => name !== basename(fresh));
  const aside = await mkdtemp(join(folder, '.slipway-before-'));
  const moved: [from: string, to: string][] = [];
  const move = async (from: string, to: string): Promise<void> => {
    await moveOne(from, to);
    moved.push([from, to]);
  };
  try {
    for (const name of before) await move(join(folder, name), join(aside, name));
    for (const name of await readdir(fresh)) await move(join(fresh, name), join(folder, name));
    await chmod(folder, mode & 0o1777);
  } catch (error) {
    for (const [from, to] of moved.toReversed()) await moveOne(to, from);
    await rmdir(aside);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** A folder that its owner may not write to cannot be moved. */
async function moveOne(from: string, to: string): Promise<void> {
  const found = await lstat(from);
  const isClosed = found.isDirectory() && (found.mode & 0o200) === 0;
  if (isClosed) await chmod(from, found.mode | 0o200);
  try {
    await rename(from, to);
    if (isClosed) await chmod(to, found.mode);
  } catch (error) {
    if (isClosed) await chmod(from, found.mode).catch(() => {});
    throw error;
  }
}
