import type { Migration } from '../database.ts';
import { planMigrations } from '../plan-migrations.ts';
import type { Connection } from './connection.ts';

// Any number, the same in every version: servers that start at once take turns.
const LOCK = 7_276_119_001;

/** Brings the tables forward, in one transaction: all of it, or nothing. */
export async function migrate(
  connection: Connection,
  name: string,
  migrations: readonly Migration[],
): Promise<void> {
  await connection.runAll(`BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning;
    SELECT pg_advisory_xact_lock(${LOCK});
    CREATE TABLE IF NOT EXISTS slipway_migrations (
      capability text NOT NULL, version integer NOT NULL, about text NOT NULL,
      PRIMARY KEY (capability, version))`);
  const { rows } = await connection.run(
    'SELECT capability, max(version) AS version FROM slipway_migrations GROUP BY capability',
  );
  const versions = new Map(rows.map((row) => [String(row['capability']), Number(row['version'])]));
  for (const { capability, version, about, postgres } of planMigrations(name, migrations, versions)) {
    for (const statement of postgres) await connection.runAll(statement);
    await connection.run('INSERT INTO slipway_migrations VALUES ($1, $2, $3)', [capability, version, about]);
  }
  await connection.runAll('COMMIT');
}
