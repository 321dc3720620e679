import type { Database, Statement } from '../../database/index.ts';
import { statement } from '../sql/recordset.ts';

const EVERY_MS = 60_000;
const AT_ONCE = 1000;

interface Expiring {
  readonly table: string;
  /** Columns of its key. */
  readonly key: string;
}

/** $1: now. Rows that somebody else is writing or removing are left to the next time. */
const removal = ({ table, key }: Expiring): Statement =>
  statement((dialect) => {
    const skip = dialect === 'postgres' ? ' FOR UPDATE SKIP LOCKED' : '';
    const found = `SELECT ${key} FROM ${table} WHERE expires <= $1 LIMIT ${AT_ONCE}${skip}`;
    return `DELETE FROM ${table} WHERE (${key}) IN (${found})`;
  });

/**
 * Removes what has expired, when something is written and not more than once a minute: nobody sees it before, since readers
 * look at the clock.
 */
export function createExpiry(
  database: Database,
  tables: readonly Expiring[],
  now: () => number,
): () => Promise<void> {
  const removals = tables.map(removal);
  let next = 0;
  return async () => {
    const moment = now();
    if (moment < next) return;
    next = moment + EVERY_MS;
    for (const each of removals) await database.query(each, [moment]);
  };
}
