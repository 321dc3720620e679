import type { Migration } from '../../../database/index.ts';

/**
 * What passes between servers of a shell whose client and worker reached different ones. None of it outlives its session, so
 * PostgreSQL keeps it out of its log; with SQLite there is one server, and the tables stay empty.
 */
export const SHELL_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'shells',
    version: 1,
    about: 'sessions of shells between servers, and their bytes',
    sqlite: [
      'CREATE TABLE shell_sessions (session TEXT PRIMARY KEY, taken INTEGER NOT NULL) STRICT',
      `CREATE TABLE shell_bytes (
        session TEXT NOT NULL, side TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, written INTEGER NOT NULL,
        PRIMARY KEY (session, side, number)) STRICT`,
    ],
    postgres: [
      'CREATE UNLOGGED TABLE shell_sessions (session TEXT PRIMARY KEY, taken BIGINT NOT NULL)',
      `CREATE UNLOGGED TABLE shell_bytes (
        session TEXT NOT NULL, side TEXT NOT NULL, number BIGINT NOT NULL, bytes BYTEA NOT NULL, written BIGINT NOT NULL,
        PRIMARY KEY (session, side, number))`,
    ],
  },
];
