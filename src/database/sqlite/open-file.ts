import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Migration } from '../database.ts';
import { DatabaseError } from '../error.ts';
import { planMigrations } from '../plan-migrations.ts';

// "SLWY": says in the file's header whose it is.
export const APPLICATION_ID = 0x534c5759;

// Long enough for the process before to end, short enough for somebody who started a second one by mistake.
const LOCK_TIMEOUT_MS = 2000;

const PRAGMAS = [
  // No other process can open it, and the index of the log is in memory instead of a file. The kernel frees it with the process.
  'PRAGMA locking_mode = EXCLUSIVE',
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL', // a commit is on the disk when it is acknowledged
  'PRAGMA journal_size_limit = 67108864', // what a burst made is given back
  'PRAGMA cache_size = -65536', // KiB
  'PRAGMA temp_store = MEMORY',
];

/** Opens a file for this process alone, and brings its tables forward. */
export function openFile(file: string, migrations: readonly Migration[]): DatabaseSync {
  makeFile(file);
  const database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    for (const pragma of PRAGMAS) database.exec(pragma);
    database.exec('BEGIN EXCLUSIVE');
    checkOwner(database, file);
    migrate(database, file, migrations);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** For its owner alone: keys are in it. SQLite gives its further files the same rights. */
function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new DatabaseError('REFUSED', `The database ${file} cannot be made: ${(error as Error).message}`, {
      hint: 'name a file in a folder where this user may write',
    });
  }
}

function checkOwner(database: DatabaseSync, file: string): void {
  const id = database.prepare('PRAGMA application_id').get()?.['application_id'];
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (id === APPLICATION_ID) return;
  if (tables !== 0 || id !== 0) {
    throw new DatabaseError('SCHEMA', `${file} is the database of another program`, {
      hint: 'name another file: Slipway makes it',
    });
  }
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

function migrate(database: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  database.exec(`CREATE TABLE IF NOT EXISTS slipway_migrations (
    capability TEXT NOT NULL, version INTEGER NOT NULL, about TEXT NOT NULL,
    PRIMARY KEY (capability, version)) WITHOUT ROWID`);
  const applied = database
    .prepare('SELECT capability, max(version) AS version FROM slipway_migrations GROUP BY capability')
    .all();
  const versions = new Map(applied.map((row) => [String(row['capability']), Number(row['version'])]));
  const record = database.prepare('INSERT INTO slipway_migrations VALUES (?, ?, ?)');
  for (const { capability, version, about, sqlite } of planMigrations(file, migrations, versions)) {
    for (const statement of sqlite) database.exec(statement);
    record.run(capability, version, about);
  }
}
