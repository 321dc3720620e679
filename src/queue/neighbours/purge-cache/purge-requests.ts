import type { Database, Row } from '../../../database/index.ts';
import { pageOf, startOf } from '../../lists/pages.ts';
import type { Page, PageRequest } from '../../queue.ts';
import { statement } from '../../sql/recordset.ts';
import { persistently } from '../../tasks/persistently.ts';
import { createExpiry } from '../expire-rows.ts';

/** Caches of a name that were made before a moment are not to be used any more. */
export interface PurgeRequest {
  readonly workerPoolId: string;
  readonly cacheName: string;
  /** Milliseconds since the epoch. */
  readonly before: number;
}

/** What was asked to be purged. Every call may be repeated. */
export interface PurgeRequests {
  /** Asks for all caches of this name that are there now. */
  purge(workerPoolId: string, cacheName: string): Promise<void>;
  /** Those of a pool whose moment is not before `since` (milliseconds since the epoch). */
  of(workerPoolId: string, since: number): Promise<readonly PurgeRequest[]>;
  all(page?: PageRequest): Promise<Page<PurgeRequest>>;
}

/** A worker that has not asked for longer has no caches from before, or asks for everything. */
const LIFE_MS = 24 * 60 * 60 * 1000;
const COLUMNS = 'worker_pool_id, cache_name, before';

/** $1, $2: pool and name, $3: now, $4: expires. Clocks of servers differ: the later moment stays. */
const PURGE = statement(
  () => `INSERT INTO purge_requests (${COLUMNS}, expires) VALUES ($1, $2, $3, $4)
    ON CONFLICT (worker_pool_id, cache_name) DO UPDATE SET before = excluded.before, expires = excluded.expires
    WHERE purge_requests.before < excluded.before`,
);

/** $1: pool, $2: since, $3: now. */
const OF_POOL = statement(
  () => `SELECT ${COLUMNS} FROM purge_requests
    WHERE worker_pool_id = $1 AND before >= $2 AND expires > $3 ORDER BY cache_name`,
);

/** $1, $2: pool and name of the one before, $3: now, $4: how many. */
const ALL = statement(
  () => `SELECT ${COLUMNS} FROM purge_requests
    WHERE (worker_pool_id, cache_name) > ($1, $2) AND expires > $3
    ORDER BY worker_pool_id, cache_name LIMIT $4`,
);

const requestIn = (row: Row): PurgeRequest => ({
  workerPoolId: String(row['worker_pool_id']),
  cacheName: String(row['cache_name']),
  before: Number(row['before']),
});

/** The purge requests of a database. */
export function openPurgeRequests(database: Database, now: () => number): PurgeRequests {
  const expire = createExpiry(
    database,
    [{ table: 'purge_requests', key: 'worker_pool_id, cache_name' }],
    now,
  );
  const ask = (query: typeof PURGE, values: readonly (string | number)[]) =>
    persistently(async () => await database.query(query, values));
  return {
    async purge(workerPoolId, cacheName) {
      const moment = now();
      await ask(PURGE, [workerPoolId, cacheName, moment, moment + LIFE_MS]);
      await expire();
    },
    of: async (workerPoolId, since) => (await ask(OF_POOL, [workerPoolId, since, now()])).map(requestIn),
    async all(page) {
      const start = startOf(page, ['', '']);
      const [pool = '', name = ''] = start.after;
      const rows = await ask(ALL, [pool, name, now(), start.limit + 1]);
      return pageOf(rows, start, {
        show: requestIn,
        keyOf: (row) => [String(row['worker_pool_id']), String(row['cache_name'])],
      });
    },
  };
}
