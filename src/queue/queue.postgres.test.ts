import { afterAll, beforeAll } from 'vitest';
import { type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { type Database, openDatabase } from '../database/index.ts';
import { describeQueueContract } from './contract.ts';
import { QUEUE_MIGRATIONS } from './sql/migrations.ts';

let postgres: Postgres;
let database: Database;
let url: string;

const open = (): Promise<Database> =>
  openDatabase({ location: { type: 'postgres', url, connections: 3 }, migrations: QUEUE_MIGRATIONS });

beforeAll(async () => {
  postgres = await startPostgres();
  url = postgres.createDatabase();
  database = await open();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

describeQueueContract('PostgreSQL', { database: () => database, again: open });
