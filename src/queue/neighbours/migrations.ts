import type { Migration } from '../../database/index.ts';

const TEXT = 'TEXT COLLATE "C"';

const forSqlite = (statement: string): string =>
  statement
    .replaceAll(TEXT, 'TEXT')
    .replaceAll('BIGINT', 'INTEGER')
    .replaceAll('DOUBLE PRECISION', 'REAL')
    .replace(/^(CREATE TABLE[\s\S]*\))$/, '$1 STRICT');

const TABLES = [
  `CREATE TABLE index_tasks (
    parent ${TEXT} NOT NULL,
    name ${TEXT} NOT NULL,
    rank DOUBLE PRECISION NOT NULL,
    task_id TEXT NOT NULL,
    data TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (parent, name))`,
  'CREATE INDEX index_tasks_expires ON index_tasks (expires)',
  `CREATE TABLE index_namespaces (
    parent ${TEXT} NOT NULL,
    name ${TEXT} NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (parent, name))`,
  'CREATE INDEX index_namespaces_expires ON index_namespaces (expires)',
  `CREATE TABLE purge_requests (
    worker_pool_id ${TEXT} NOT NULL,
    cache_name ${TEXT} NOT NULL,
    before BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (worker_pool_id, cache_name))`,
  'CREATE INDEX purge_requests_expires ON purge_requests (expires)',
];

/** The tables of what workers call beside the queue. */
export const NEIGHBOUR_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'neighbours',
    version: 1,
    about: 'indexed tasks, their namespaces, requests to purge caches',
    sqlite: TABLES.map(forSqlite),
    postgres: TABLES,
  },
];
