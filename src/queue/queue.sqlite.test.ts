import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Database, openDatabase } from '../database/index.ts';
import { describeQueueContract } from './contract.ts';
import { QUEUE_MIGRATIONS } from './sql/migrations.ts';

let folder: string;
let database: Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-queue-'));
  const location = { type: 'sqlite', file: join(folder, 'queue.db') } as const;
  database = await openDatabase({ location, migrations: QUEUE_MIGRATIONS });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describeQueueContract('SQLite', { database: () => database });
