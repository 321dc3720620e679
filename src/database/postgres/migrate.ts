import type { Sql } from 'postgres';
import type { Migration } from '../database.ts';
import { planMigrations } from '../plan-migrations.ts';

// Any number, the same in every version: servers that start at once take turns.
const LOCK = 7_276_119_001;

/** Brings the tables forward, in one transaction: all of it, or nothing. */
export async function migrate(sql: Sql, name: string, migrations: readonly Migration[]): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe('SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning');
    await tx.unsafe('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await tx.unsafe(`CREATE TABLE IF NOT EXISTS slipway_migrations (
      capability text NOT NULL, version integer NOT NULL, about text NOT NULL,
      PRIMARY KEY (capability, version))`);
    const applied = await tx.unsafe(
      'SELECT capability, max(version) AS version FROM slipway_migrations GROUP BY capability',
    );
    const versions = new Map(applied.map((row) => [String(row['capability']), Number(row['version'])]));
    for (const { capability, version, about, postgres } of planMigrations(name, migrations, versions)) {
      for (const statement of postgres) await tx.unsafe(statement);
      await tx.unsafe('INSERT INTO slipway_migrations VALUES ($1, $2, $3)', [capability, version, about]);
    }
  });
}
