import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CacheError } from '../error.ts';
import { fillFolder, hasToStay } from './fill-folder.ts';
import { shownPath, treeTrouble } from './tree-source.ts';

/** A folder that is filled beside the place that it then takes. Disposing it removes what did not take it. */
export interface FreshFolder extends AsyncDisposable {
  /** Nobody else may look into it. */
  readonly path: string;
  /** Puts it where it belongs, in one moment unless that folder has to stay. Throws `BAD_TREE`, and then all is as it was. */
  takePlace(): Promise<void>;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Where a folder really is: through the links that its user made. */
async function placeOf(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    await mkdir(dirname(target), { recursive: true });
    return join(await realpath(dirname(target)), basename(target));
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function requireFree(target: string, force: boolean, own?: string): Promise<void> {
  const found = await lstat(target).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  if (found !== undefined && !found.isDirectory())
    throw new CacheError('BAD_TREE', `${shownPath(target)} is there already, and is no folder`);
  const names = await namesIn(target);
  if (force || names.every((name) => name === own)) return;
  const hint = '--force replaces it, and removes what is in it.';
  throw new CacheError('BAD_TREE', `${shownPath(target)} is not empty`, { hint });
}

/** What was there goes aside first, and comes back where the new one cannot take its place. */
async function replace(fresh: string, target: string): Promise<void> {
  const aside = `${fresh}-before`;
  await rename(target, aside);
  try {
    await rename(fresh, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/**
 * Makes a folder beside `target`, or in it where that has to stay; its parents are made as well. Without `force` throws `BAD_TREE` where something is in
 * `target`; with it that is replaced as a whole.
 */
export async function openFreshFolder(target: string, force: boolean): Promise<FreshFolder> {
  const attempt = `check out to ${shownPath(target)}`;
  try {
    const place = await placeOf(resolve(target));
    await requireFree(place, force);
    const stays = await hasToStay(place);
    const path = await mkdtemp(join(stays ? place : dirname(place), '.slipway-checkout-'));
    return {
      path,
      async takePlace() {
        try {
          await requireFree(place, force, stays ? basename(path) : undefined);
          if (stays) await fillFolder(place, path);
          else if ((await namesIn(place)).length === 0) await rename(path, place);
          else await replace(path, place);
        } catch (cause) {
          throw treeTrouble(attempt, cause);
        }
      },
      [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
    };
  } catch (cause) {
    throw treeTrouble(attempt, cause);
  }
}
