import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { openDatabase } from '../database/index.ts';
import { AUTH_MIGRATIONS, openServerKeys } from './server-keys.ts';
import { openSessionBook, SESSION_MIGRATIONS } from './sessions/session-book.ts';

const migrations = [...AUTH_MIGRATIONS, ...SESSION_MIGRATIONS];
const SOON = { timeout: 20_000 };

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres[Symbol.asyncDispose]());

const open = (url: string) => openDatabase({ location: { type: 'postgres', url }, migrations });

describe('servers of one database', () => {
  it('have the same keys, also where they begin at once', async () => {
    const url = postgres.createDatabase();
    const tokens = await Promise.all(
      Array.from({ length: 4 }, async () => {
        await using database = await open(url);
        return (await openServerKeys(database)).issuer.accessToken;
      }),
    );
    expect(new Set(tokens).size).toBe(1);
  });

  it('hear of sessions that were ended at another one, and find those of before', async () => {
    const url = postgres.createDatabase();
    await using first = await open(url);
    await using second = await open(url);
    const options = { now: Date.now, onError: (error: unknown) => expect.unreachable(String(error)) };
    using here = await openSessionBook({ ...options, database: first });
    using there = await openSessionBook({ ...options, database: second });
    const ann = { clientId: 'ann', beganAt: Date.now(), expiresAt: Date.now() + 60_000, agent: 'x' };
    await here.note({ ...ann, sessionId: 'one' });
    await there.note({ ...ann, sessionId: 'two' });
    expect((await there.list('ann')).map(({ sessionId }) => sessionId).sort()).toEqual(['one', 'two']);
    expect(await there.end('ann', 'one')).toBe(1);
    await vi.waitFor(() => expect(here.isEnded('one')).toBe(true), SOON);
    expect([here.isEnded('two'), there.isEnded('two')]).toEqual([false, false]);
    using later = await openSessionBook({ ...options, database: first });
    expect([later.isEnded('one'), later.isEnded('two')]).toEqual([true, false]);
  });
});
