import type { Migration } from '../database.ts';
import type { InspectedDatabase } from '../open-database.ts';
import { planMigrations } from '../plan-migrations.ts';
import { openConnection } from './connection.ts';
import { connectionOptions } from './connection-options.ts';
import { describeError } from './describe-error.ts';

const VERSIONS = 'SELECT capability, max(version) AS version FROM slipway_migrations GROUP BY capability';

/** See `inspectPostgres`. */
export async function inspect(
  url: string,
  migrations: readonly Migration[],
  signal: AbortSignal,
): Promise<InspectedDatabase> {
  signal.throwIfAborted();
  const options = connectionOptions(url);
  const connection = openConnection(options);
  const leave = (): void => void connection.end();
  signal.addEventListener('abort', leave, { once: true });
  try {
    const { rows } = await connection.run(
      "SELECT current_setting('server_version') AS version, to_regclass('slipway_migrations') IS NOT NULL AS known",
    );
    const startedAt = performance.now();
    const [clock] = (
      await connection.run('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now')
    ).rows;
    const latencyMs = performance.now() - startedAt;
    const applied = rows[0]?.['known'] ? (await connection.run(VERSIONS)).rows : [];
    const versions = new Map(applied.map((row) => [String(row['capability']), Number(row['version'])]));
    return {
      version: String(rows[0]?.['version']),
      pending: planMigrations(options.name, migrations, versions).length,
      latencyMs,
      now: Number(clock?.['now']) + latencyMs / 2,
    };
  } catch (error) {
    throw describeError(options.name, error);
  } finally {
    signal.removeEventListener('abort', leave);
    await connection.end();
  }
}
