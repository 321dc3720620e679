import type { Database, DatabaseLocation, Migration } from './database.ts';

export interface DatabaseOptions {
  readonly location: DatabaseLocation;
  /** Of all capabilities whose tables are in it, in any order. */
  readonly migrations: readonly Migration[];
}

/**
 * Opens a database and brings its tables to where the migrations say; a SQLite file is made where there is none. Several
 * servers may do so at once. A file is one process's alone as long as it is open: `LOCKED` otherwise. `SCHEMA` for tables
 * that are newer than this program or not Slipway's.
 */
export async function openDatabase({ location, migrations }: DatabaseOptions): Promise<Database> {
  if (location.type === 'sqlite') {
    const { openSqlite } = await import('./sqlite/open-sqlite.ts');
    return await openSqlite(location, migrations);
  }
  const { openPostgres } = await import('./postgres/open-postgres.ts');
  return await openPostgres(location, migrations);
}

/**
 * Looks at a SQLite file that nobody has open, and changes nothing: whether it is whole, Slipway's, and no newer than the
 * migrations. Throws `DAMAGED`, `SCHEMA`, `REFUSED`.
 */
export async function checkDatabaseFile(file: string, migrations: readonly Migration[]): Promise<void> {
  const { checkFile } = await import('./sqlite/check-file.ts');
  checkFile(file, migrations);
}
