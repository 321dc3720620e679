import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase, type Statement } from '../database/index.ts';
import { AUTH_MIGRATIONS, openServerKeys } from './server-keys.ts';

const CUT = "UPDATE auth_keys SET secret = 'c2hvcnQ'";
const DAMAGE: Statement = { sqlite: CUT, postgres: CUT };

describe('the servers’ keys', () => {
  it('are made once and kept in a file’s database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
    const open = async (): Promise<Database> =>
      await openDatabase({
        location: { type: 'sqlite', file: join(folder, 'queue.db') },
        migrations: AUTH_MIGRATIONS,
      });
    try {
      const first = await (async () => {
        await using database = await open();
        return await openServerKeys(database);
      })();
      await using database = await open();
      const second = await openServerKeys(database);
      expect(second.issuer).toEqual(first.issuer);
      expect(second.issuer.accessToken).toMatch(/^[\w-]{43}$/);
      expect(second.keyFor('content')).toEqual(first.keyFor('content'));
      expect(second.keyFor('content')).not.toEqual(first.keyFor('other'));
      await database.query(DAMAGE);
      await expect(openServerKeys(database)).rejects.toMatchObject({ code: 'DAMAGED' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
