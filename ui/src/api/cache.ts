import type { CacheNow, CacheRef, CacheRefs } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { OWN_API } from './tasks.ts';
import type { ListPage, ListQuestion } from './use-list.ts';

/** What the artifact cache holds in all, and how often it helped. */
export const getCache = (signal?: AbortSignal): Promise<CacheNow> =>
  ask<CacheNow>(`${OWN_API}/cache`, { signal });

/** Refs that begin with `prefix`, in the order of their names. */
export async function listRefs(
  prefix: string,
  { limit, after, signal }: ListQuestion,
): Promise<ListPage<CacheRef>> {
  const { refs, next } = await ask<CacheRefs>(`${OWN_API}/cache/refs`, {
    query: { prefix: prefix === '' ? undefined : prefix, limit, after },
    signal,
  });
  return { items: refs, next };
}
