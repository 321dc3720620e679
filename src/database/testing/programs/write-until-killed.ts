// Writes batches until it is killed, and says the number of each that was acknowledged: write-until-killed.ts FILE
import { openDatabase, type Statement } from '../../index.ts';

const MIGRATION = {
  capability: 'numbers',
  version: 1,
  about: 'two tables that always have the same',
  sqlite: ['CREATE TABLE one (n INTEGER PRIMARY KEY)', 'CREATE TABLE two (n INTEGER PRIMARY KEY)'],
  postgres: [],
};
const statement = (sqlite: string): Statement => ({ sqlite, postgres: '' });
const NEXT = {
  one: statement('INSERT INTO one SELECT coalesce(max(n), 0) + 1 FROM one RETURNING n'),
  two: statement('INSERT INTO two SELECT coalesce(max(n), 0) + 1 FROM two'),
};

const location = { type: 'sqlite', file: process.argv[2] ?? '' } as const;
const database = await openDatabase({ location, migrations: [MIGRATION] });

async function write(): Promise<never> {
  for (;;) {
    const results = await database.batch([
      { statement: NEXT.one, values: [] },
      { statement: NEXT.two, values: [] },
    ]);
    process.stdout.write(`${results?.[0]?.[0]?.['n']}\n`);
  }
}
await Promise.all([write(), write(), write()]);
