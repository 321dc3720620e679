import { z } from 'zod';
import { satisfies } from '../../auth/index.ts';
import type { ListedRef, RefPages, RepositorySize } from '../../cache/index.ts';
import { methodsOf } from '../../queue/index.ts';
import type { CacheNow, CacheRef, CacheRefs } from '../wire.ts';

/** What was asked of the artifact cache since a server was started. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly sentBytes: number;
}

export interface CacheContext {
  readonly cache: {
    readonly sizes: () => Promise<RepositorySize>;
    readonly counts: () => CacheCounts;
    /** Since when, in milliseconds since the epoch. */
    readonly since: number;
    readonly refs: RefPages;
  };
}

const CacheAnswer = z.strictObject({
  refs: z.int(),
  objects: z.int().exactOptional(),
  repositoryBytes: z.int().exactOptional(),
  quotaBytes: z.int().exactOptional(),
  hits: z.int(),
  misses: z.int(),
  sentBytes: z.int(),
  since: z.iso.datetime(),
});

const RefsAnswer = z.strictObject({
  refs: z.array(
    z.strictObject({
      ref: z.string(),
      commit: z.string(),
      kind: z.enum(['artifact', 'build', 'source', 'pipeline-cache', 'other']),
      committedAt: z.iso.datetime().exactOptional(),
      usedAt: z.iso.datetime().exactOptional(),
      isPinned: z.boolean().exactOptional(),
    }),
  ),
  next: z.string().exactOptional(),
});

const method = methodsOf<CacheContext>();
const iso = (moment: number): string => new Date(moment).toISOString();

/** `GET /api/slipway/v1/cache`. */
export const CACHE = method({
  name: 'cache',
  verb: 'GET',
  path: '/cache',
  about: 'says how much the artifact cache holds, and how often it had what was asked for',
  scopes: 'cache:list',
  output: CacheAnswer,
  async handle(_call, { cache }): Promise<CacheNow> {
    const { refs, objects, bytes, quotaBytes } = await cache.sizes();
    return {
      refs,
      ...(objects !== undefined && { objects }),
      ...(bytes !== undefined && { repositoryBytes: bytes }),
      ...(quotaBytes !== undefined && { quotaBytes }),
      ...cache.counts(),
      since: iso(cache.since),
    };
  },
});

const REF = /^[\w./-]{0,1024}$/;
const LISTED = 100;

/** `GET /api/slipway/v1/cache/refs[?prefix=][&after=][&limit=]`. */
export const CACHE_REFS = method({
  name: 'cacheRefs',
  verb: 'GET',
  path: '/cache/refs',
  about:
    'lists refs of the artifact cache by their names; private ones for who may read all of their kind (cache:pull:slipway.source/*)',
  query: { prefix: REF, after: REF, limit: /^(?:[1-9]\d?|[1-4]\d\d|500)$/ },
  scopes: 'cache:list',
  output: RefsAnswer,
  async handle({ query: { prefix, after, limit }, caller }, { cache }): Promise<CacheRefs> {
    const { refs, hasMore } = await cache.refs({
      limit: Number(limit ?? LISTED),
      // Who knows a commit can have its objects: the name of one is as good as what is in it.
      mayList: (firstPart) => satisfies(caller.scopes, `cache:pull:${firstPart}/*`),
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
    });
    const last = refs.at(-1)?.ref;
    return { refs: refs.map(showRef), ...(hasMore && last !== undefined && { next: last }) };
  },
});

const showRef = ({ ref, commit, committedAt, usedAt, isPinned }: ListedRef): CacheRef => ({
  ref,
  commit,
  kind: kindOf(ref),
  ...(committedAt !== undefined && { committedAt: iso(committedAt) }),
  ...(usedAt !== undefined && { usedAt: iso(usedAt) }),
  ...(isPinned && { isPinned }),
});

const OWN: Readonly<Record<string, CacheRef['kind']>> = {
  'slipway.build': 'build',
  'slipway.source': 'source',
  'slipway.submitted': 'source',
  'slipway.pipeline-cache': 'pipeline-cache',
};

/** BuildStream's artifacts are `PROJECT/ELEMENT/KEY`. */
function kindOf(ref: string): CacheRef['kind'] {
  const parts = ref.split('/');
  const own = OWN[parts[0]?.toLowerCase() ?? ''];
  return own ?? (parts.length >= 3 ? 'artifact' : 'other');
}
