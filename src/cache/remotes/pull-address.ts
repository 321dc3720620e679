import { CacheError } from '../error.ts';
import { askReceiver, type PushOptions } from '../push/push-refs.ts';
import { parsePullUrl } from './read-address.ts';
import type { RemoteCache } from './remote.ts';

/**
 * Where a cache is pulled from: as configured, else as its receiver says, which is asked now. `undefined` where nothing is
 * pulled from it. Throws as `pushRefs` where the receiver cannot be asked, `INVALID_CONFIGURATION` where it says what is
 * no address.
 */
export async function pullAddress(cache: RemoteCache, options: PushOptions): Promise<string | undefined> {
  if (cache.pullUrl !== undefined || cache.ask === undefined) return cache.pullUrl;
  const { pullUrl } = await askReceiver(cache.ask, options);
  if (pullUrl === undefined) return undefined;
  // Another machine has no say in which folder of this one is read.
  if (/^https?:/i.test(pullUrl)) return parsePullUrl(pullUrl);
  throw new CacheError('INVALID_CONFIGURATION', `${cache.name} says to pull from what is no http address`, {
    hint: 'The receiver there has --pull-url URL; pull-url in the configuration says it without asking.',
  });
}
