import { join } from 'node:path';
import { CacheError, initRepository, openRepository, type Repository } from '../../cache/index.ts';

/** Sources and caches that a worker has seen stay as long as they fit: what was not used for longest goes. */
const QUOTA_BYTES = 20 * 1024 ** 3;
const KEEP_FREE_BYTES = 1024 ** 3;

/** The objects that a worker has of its fleet's sources and caches; below its volume, made at the first use. */
export async function openWorkerRepository(volume: string): Promise<Repository> {
  const folder = join(volume, 'slipway-worker', 'repository');
  try {
    return await openRepository(folder);
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'NO_REPOSITORY') throw error;
    await initRepository(folder, { quotaBytes: QUOTA_BYTES, keepFreeBytes: KEEP_FREE_BYTES });
    return await openRepository(folder);
  }
}
