import type { Migration } from '../../database/index.ts';

const TEXT = 'TEXT COLLATE "C"';

/** Both dialects of a table or an index. */
function both(...statements: readonly string[]): Pick<Migration, 'sqlite' | 'postgres'> {
  const forSqlite = (text: string): string =>
    text
      .replaceAll(TEXT, 'TEXT')
      .replace(
        'place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
        'place INTEGER PRIMARY KEY AUTOINCREMENT',
      )
      .replaceAll('BIGINT', 'INTEGER')
      .replaceAll('BOOLEAN', 'INTEGER')
      .replace(/^(CREATE TABLE[\s\S]*\))$/, '$1 STRICT');
  return { sqlite: statements.map(forSqlite), postgres: statements };
}

/**
 * The tables of the image builder. What may be long is apart from what changes: a lease is renewed all the time, and rewrites
 * no requirement file.
 */
export const BUILDER_MIGRATIONS: readonly Migration[] = [
  {
    capability: 'builder',
    version: 1,
    about: 'builds, what they are made from, reports',
    ...both(
      `CREATE TABLE builder_builds (
        place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        build_id ${TEXT} NOT NULL UNIQUE,
        job_name ${TEXT} NOT NULL,
        user_login ${TEXT} NOT NULL,
        build_key ${TEXT} NOT NULL,
        source TEXT NOT NULL,
        repository ${TEXT} NOT NULL,
        tag ${TEXT} NOT NULL,
        kind TEXT,
        file_digest TEXT,
        push_host ${TEXT} NOT NULL,
        recipe_version ${TEXT} NOT NULL,
        forced BOOLEAN NOT NULL,
        ensured BOOLEAN NOT NULL,
        state ${TEXT} NOT NULL,
        phase TEXT,
        reason TEXT,
        message TEXT,
        source_digest ${TEXT},
        reference TEXT,
        digest TEXT,
        size_bytes BIGINT,
        added_bytes BIGINT,
        attestation TEXT,
        reused_from TEXT,
        extends_id TEXT,
        depth BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        started_at BIGINT,
        ended_at BIGINT,
        served BIGINT,
        server TEXT,
        claim_id TEXT,
        lease_until BIGINT,
        cancel_asked BOOLEAN NOT NULL)`,
      'CREATE INDEX builder_builds_user ON builder_builds (user_login, place)',
      'CREATE INDEX builder_builds_served ON builder_builds (user_login, served)',
      'CREATE INDEX builder_builds_key ON builder_builds (build_key, place)',
      'CREATE INDEX builder_builds_ended ON builder_builds (ended_at)',
      `CREATE INDEX builder_builds_queued ON builder_builds (user_login, place) WHERE state = 'queued'`,
      `CREATE INDEX builder_builds_running ON builder_builds (user_login) WHERE state = 'running'`,
      // Whoever asks for the same at the same moment gets the same build.
      `CREATE UNIQUE INDEX builder_builds_ensured ON builder_builds (build_key)
        WHERE ensured AND state IN ('queued', 'running')`,
      `CREATE TABLE builder_inputs (
        build_id ${TEXT} PRIMARY KEY,
        file TEXT,
        environment TEXT NOT NULL)`,
      `CREATE TABLE builder_reports (
        build_id ${TEXT} PRIMARY KEY,
        report TEXT NOT NULL)`,
    ),
  },
];
