import { afterAll, beforeAll } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { AUTH_MIGRATIONS } from '../../auth/index.ts';
import { type Database, openDatabase } from '../../database/index.ts';
import { LOG_MIGRATIONS } from '../../logs/index.ts';
import { BUILDER_MIGRATIONS } from '../records/migrations.ts';
import { describeBuilderContract } from './contract.ts';

let postgres: Postgres;
let database: Database;
let url: string;

const open = (): Promise<Database> =>
  openDatabase({
    location: { type: 'postgres', url, connections: 3 },
    migrations: [...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS],
  });

beforeAll(async () => {
  postgres = await startPostgres();
  url = postgres.createDatabase();
  database = await open();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

describeBuilderContract('PostgreSQL', { database: () => database, again: open });
