import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Migration } from '../database.ts';
import { DatabaseError } from '../error.ts';
import { planMigrations } from '../plan-migrations.ts';
import { describeError } from './describe-error.ts';
import { APPLICATION_ID } from './open-file.ts';

/** Nobody else has it open: SQLite makes no files beside it. */
function untouched(file: string): URL {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return url;
}

/** See `checkDatabaseFile`. */
export function checkFile(file: string, migrations: readonly Migration[]): void {
  try {
    const database = new DatabaseSync(untouched(file), { readOnly: true });
    try {
      checkContent(database, file, migrations);
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const { code, message, hint } = describeError(file, error);
    throw new DatabaseError(code, message, { cause: error, ...(hint !== undefined && { hint }) });
  }
}

function checkContent(database: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  const id = database.prepare('PRAGMA application_id').get()?.['application_id'];
  if (id !== APPLICATION_ID)
    throw new DatabaseError('SCHEMA', `${file} is no database of Slipway's`, { hint: 'name another file' });
  const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (found !== 'ok')
    throw new DatabaseError('DAMAGED', `${file} is damaged: ${String(found)}`, {
      hint: 'restore it from another copy',
    });
  const rows = database
    .prepare('SELECT capability, max(version) AS version FROM slipway_migrations GROUP BY capability')
    .all();
  const versions = new Map(rows.map((row) => [String(row['capability']), Number(row['version'])]));
  planMigrations(file, migrations, versions);
}
