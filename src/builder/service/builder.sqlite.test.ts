import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AUTH_MIGRATIONS } from '../../auth/index.ts';
import { type Database, openDatabase } from '../../database/index.ts';
import { LOG_MIGRATIONS } from '../../logs/index.ts';
import { BUILDER_MIGRATIONS } from '../records/migrations.ts';
import { openRig, soon } from './contract/rig.ts';
import { describeBuilderContract } from './contract.ts';

let folder: string;
let database: Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  const location = { type: 'sqlite', file: join(folder, 'builder.db') } as const;
  database = await openDatabase({
    location,
    migrations: [...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS],
  });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describeBuilderContract('SQLite', { database: () => database });

describe('the files of the database', () => {
  it('have no password of a user, neither while a build waits nor afterwards', async () => {
    await using rig = await openRig({ database: () => database });
    rig.backend.hold();
    const REGISTRY_SECRET = 'alice:the-word-that-she-chose';
    const user = { ...rig.user, environment: { REGISTRY_SECRET } };
    const { id } = await rig.builder.start(user, rig.request());
    await vi.waitFor(() => expect(rig.backend.goingOn).toContain(id), { timeout: 20_000 });
    const written = (): string =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join('');
    expect(written()).toContain(id);
    expect(written()).not.toContain('the-word-that-she-chose');
    rig.backend.release();
    await rig.builder.waitEnded(id, soon());
    expect(written()).not.toContain('the-word-that-she-chose');
  });
});
