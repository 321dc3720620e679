// What a database does on a disk of 4 MiB, as JSON: fill-disk.ts FOLDER, where that disk is mounted
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, DatabaseError, openDatabase, type Statement } from '../../index.ts';

const MIB = 1024 * 1024;
const folder = process.argv[2] ?? '';
const MIGRATION = {
  capability: 'bytes',
  version: 1,
  about: 'bytes',
  sqlite: ['CREATE TABLE bytes (id INTEGER PRIMARY KEY, content BLOB)'],
  postgres: [],
};
const statement = (sqlite: string): Statement => ({ sqlite, postgres: '' });
const PUT = statement('INSERT INTO bytes (content) VALUES (zeroblob($1))');
const COUNT = statement('SELECT count(*) AS n FROM bytes');

const open = (): Promise<Database> =>
  openDatabase({ location: { type: 'sqlite', file: join(folder, 'db') }, migrations: [MIGRATION] });

async function put(database: Database, sizeBytes: number): Promise<string> {
  try {
    await database.query(PUT, [sizeBytes]);
    return 'written';
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.code;
  }
}

const count = async (database: Database): Promise<number> => Number((await database.query(COUNT))[0]?.['n']);

let database = await open();
writeFileSync(join(folder, 'other'), Buffer.alloc(MIB));
const first = await put(database, 1000);
const full = await put(database, 8 * MIB);
const read = await count(database);
const small = await put(database, 10);
rmSync(join(folder, 'other'));
const afterRoom = await put(database, MIB / 2);
const before = await count(database);
await database[Symbol.asyncDispose]();
database = await open();
const reopened = await count(database);
await database[Symbol.asyncDispose]();
process.stdout.write(
  JSON.stringify({ first, full, read, small, afterRoom, reopened, kept: reopened === before }),
);
