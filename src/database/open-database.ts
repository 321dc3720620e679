import type { Database, DatabaseLocation, Migration } from './database.ts';

export interface DatabaseOptions {
  readonly location: DatabaseLocation;
  /** Of all capabilities whose tables are in it, in any order. */
  readonly migrations: readonly Migration[];
  /** Ends the wait for a PostgreSQL that does not answer; of no effect once the database is open. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a database and brings its tables to where the migrations say; a SQLite file is made where there is none. Several
 * servers may do so at once. A file is one process's alone as long as it is open: `LOCKED` otherwise. `SCHEMA` for tables
 * that are newer than this program or not Slipway's; the signal's reason where it aborts first.
 */
export async function openDatabase({ location, migrations, signal }: DatabaseOptions): Promise<Database> {
  if (location.type === 'sqlite') {
    const { openSqlite } = await import('./sqlite/open-sqlite.ts');
    return await openSqlite(location, migrations);
  }
  const { openPostgres } = await import('./postgres/open-postgres.ts');
  return await openPostgres(location, migrations, signal);
}

/**
 * Looks at a SQLite file that nobody has open, and changes nothing: whether it is whole, Slipway's, and no newer than the
 * migrations. Throws `DAMAGED`, `SCHEMA`, `REFUSED`.
 */
export async function checkDatabaseFile(file: string, migrations: readonly Migration[]): Promise<void> {
  const { checkFile } = await import('./sqlite/check-file.ts');
  checkFile(file, migrations);
}

/** What was found out about a database without changing it. */
export interface InspectedDatabase {
  /** Of its server. */
  readonly version: string;
  /** Migrations that the next start applies; 0: its tables are as this program has them. */
  readonly pending: number;
  /** One question and its answer, in milliseconds. */
  readonly latencyMs: number;
  /** What time it is there, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Connects to PostgreSQL and looks at it. Throws `UNAVAILABLE` at once where it cannot be reached, `REFUSED`, and `SCHEMA` where
 * its tables are newer than the migrations. Leaves the connection when the signal aborts, however little came over it.
 */
export async function inspectPostgres(
  url: string,
  migrations: readonly Migration[],
  signal: AbortSignal,
): Promise<InspectedDatabase> {
  const { inspect } = await import('./postgres/inspect.ts');
  return await inspect(url, migrations, signal);
}
