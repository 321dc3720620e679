import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, extractTar } from '../archive/index.ts';
import { EngineError } from '../engine/index.ts';
import type { Box } from './box.ts';
import { CacheBusyError, whileReplacingCache } from './cache-turns.ts';
import type { RunContext } from './context.ts';
import { swapFolder } from './swap-folder.ts';

const CACHE = '/pipeline/cache';

/**
 * Takes the cache folder of the box as the cache of the next run, an emptied one included. A cache that is too large
 * is left as it was, with an error line; the run's result does not change. Of several runs that end at once the last
 * one's cache stays, whole.
 */
export async function storeCache(context: RunContext, box: Box): Promise<void> {
  if (context.request.box.directMount) return; // the folder itself was mounted
  if (await wasAndIsEmpty(context, box)) return;
  const limit = context.request.limits.cacheBytes;
  try {
    await replaceCache(context, box.id, limit);
  } catch (error) {
    const expected = [ArchiveError, EngineError, CacheBusyError].some((kind) => error instanceof kind);
    if (!(expected && error instanceof Error)) throw error;
    const reason =
      error instanceof ArchiveError && error.code === 'LIMIT'
        ? `it is larger than ${limit} bytes`
        : error.message;
    context.notice('error', `Unable to store cache: ${reason}; the next run gets the one before`);
  }
}

// The step may have changed how patterns expand: they are looked at in a subshell.
const ANY_IN_CACHE = `( set +f; for f in ${CACHE}/* ${CACHE}/.[!.]* ${CACHE}/..?*; do if [ -e "$f" ] || [ -L "$f" ]; then exit 1; fi; done ) || __slipway_flags=n`;

/** Asking the shell costs a millisecond, asking the engine for the folder a hundred; most pipelines cache nothing. */
async function wasAndIsEmpty({ folder }: RunContext, { session }: Box): Promise<boolean> {
  const kept = await readdir(folder.cache).catch(() => undefined); // another run may be replacing it
  if (!session.ready || kept === undefined || kept.length > 0) return false;
  const outcome = await session.run(ANY_IN_CACHE);
  return outcome.type === 'finished' && outcome.flags === '';
}

async function replaceCache({ engine, folder }: RunContext, container: string, limit: number): Promise<void> {
  const tar = await engine.copyOut(container, CACHE);
  if (tar === undefined) return;
  const fresh = join(folder.temporary, 'cache');
  await extractTar(tar, fresh, { stripComponents: 1, links: 'any', limits: { totalBytes: limit } });
  const { cache: place, temporary } = folder;
  await whileReplacingCache(folder, () => swapFolder({ fresh, place, temporary }));
}
