import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Database, openDatabase } from '../../database/index.ts';
import { LOG_MIGRATIONS } from '../../logs/index.ts';
import { BUILDER_MIGRATIONS } from '../records/migrations.ts';
import { describeBuilderContract } from './contract.ts';

let folder: string;
let database: Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  const location = { type: 'sqlite', file: join(folder, 'builder.db') } as const;
  database = await openDatabase({ location, migrations: [...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS] });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describeBuilderContract('SQLite', { database: () => database });
