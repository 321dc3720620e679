import type { Migration, Statement } from '../../database/index.ts';

const both = (sql: string): Statement => ({ sqlite: sql, postgres: sql });

/** The tables of logs. */
export const LOG_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'logs',
    version: 1,
    about: 'logs and their chunks',
    // Ids are never used again: who still writes to a log that was removed finds none.
    sqlite: [
      `CREATE TABLE logs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, size_bytes INTEGER NOT NULL,
        has_ended INTEGER NOT NULL, modified INTEGER NOT NULL) STRICT`,
      `CREATE TABLE log_chunks (
        log_id INTEGER NOT NULL, start INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (log_id, start)) STRICT, WITHOUT ROWID`,
    ],
    postgres: [
      `CREATE TABLE logs (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE,
        size_bytes BIGINT NOT NULL, has_ended BOOLEAN NOT NULL, modified BIGINT NOT NULL) WITH (fillfactor = 50)`,
      `CREATE TABLE log_chunks (
        log_id BIGINT NOT NULL, start BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (log_id, start))`,
    ],
  },
];

/** name, now */
export const BEGIN = both(
  `INSERT INTO logs (name, size_bytes, has_ended, modified) VALUES ($1, 0, FALSE, $2)
   ON CONFLICT (name) DO NOTHING`,
);

/** name */
export const FIND = both('SELECT id, size_bytes, has_ended FROM logs WHERE name = $1');

/**
 * For the batch that it begins: nobody waits for the disk of PostgreSQL. What it loses with its machine, its writer still has:
 * it is told where the log ends, and sends the rest again. SQLite writes what waits of all together.
 */
export const WAIT_FOR_NO_DISK: Statement = {
  sqlite: 'SELECT 1',
  postgres: `SELECT set_config('synchronous_commit', 'off', true)`,
};

/** id, size from, size to, now: only where nobody has written or ended it meanwhile. */
export const GROW = both(
  `UPDATE logs SET size_bytes = $3, modified = $4
   WHERE id = $1 AND size_bytes = $2 AND NOT has_ended`,
);

/** id, start, bytes; where `GROW` changes nothing, nothing of its batch stays, also if this does nothing. */
export const ADD = both(
  `INSERT INTO log_chunks (log_id, start, bytes) VALUES ($1, $2, $3) ON CONFLICT (log_id, start) DO NOTHING`,
);

/** name, now */
export const END = both('UPDATE logs SET has_ended = TRUE, modified = $2 WHERE name = $1 AND NOT has_ended');

/** id, from, to: the chunk in which `from` is, and those that begin before `to`. */
export const READ = both(
  `SELECT start, bytes FROM log_chunks
   WHERE log_id = $1 AND start < $3
     AND start >= (SELECT max(start) FROM log_chunks WHERE log_id = $1 AND start <= $2)
   ORDER BY start`,
);

/** id; this first: who appends meanwhile is waited for, and its chunk is removed too. */
export const REMOVE_LOG = both('DELETE FROM logs WHERE id = $1');

/** id */
export const REMOVE_CHUNKS = both('DELETE FROM log_chunks WHERE log_id = $1');

/** after, limit */
export const LIST = both(
  `SELECT name, size_bytes, has_ended, modified FROM logs WHERE name > $1 ORDER BY name LIMIT $2`,
);
