import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArchiveError, extractTar } from '../archive/index.ts';
import { EngineError } from '../engine/index.ts';
import type { Box } from './box.ts';
import type { RunContext } from './context.ts';

const CACHE = '/pipeline/cache';

/**
 * Takes the cache folder of the box as the cache of the next run, an emptied one included. A cache that is too large
 * is left as it was, with an error line; the run's result does not change.
 */
export async function storeCache(context: RunContext, box: Box): Promise<void> {
  if (context.request.box.directMount) return; // the folder itself was mounted
  if (await wasAndIsEmpty(context, box)) return;
  const limit = context.request.limits.cacheBytes;
  try {
    await replaceCache(context, box.id, limit);
  } catch (error) {
    if (!(error instanceof ArchiveError || error instanceof EngineError)) throw error;
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
  if (!session.ready || (await readdir(folder.cache)).length > 0) return false;
  const outcome = await session.run(ANY_IN_CACHE);
  return outcome.type === 'finished' && outcome.flags === '';
}

async function replaceCache({ engine, folder }: RunContext, container: string, limit: number): Promise<void> {
  const tar = await engine.copyOut(container, CACHE);
  if (tar === undefined) return;
  const fresh = join(folder.temporary, 'cache');
  const old = join(folder.temporary, 'cache.old');
  await extractTar(tar, fresh, { stripComponents: 1, links: 'any', limits: { totalBytes: limit } });
  await rename(folder.cache, old);
  await rename(fresh, folder.cache);
  await rm(old, { recursive: true, force: true });
}
