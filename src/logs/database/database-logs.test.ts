import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { type Database, type DatabaseLocation, openDatabase, type Statement } from '../../database/index.ts';
import { bytes, contentOf, followLog, type LogPlace, NAME } from '../contract/rig.ts';
import { describeLogContract } from '../contract.ts';
import { openDatabaseLogs } from './open-database-logs.ts';
import { LOG_MIGRATIONS } from './statements.ts';

async function openPlace(
  location: DatabaseLocation,
  options: { readonly limitBytes?: number },
  remove: () => Promise<void>,
): Promise<LogPlace & { readonly database: Database }> {
  const opened = new AsyncDisposableStack();
  opened.defer(remove);
  const open = async () => {
    const database = opened.use(await openDatabase({ location, migrations: LOG_MIGRATIONS }));
    return { database, logs: opened.use(openDatabaseLogs({ database, gatherMs: 1, ...options })) };
  };
  const { database, logs } = await open();
  return {
    database,
    logs,
    // A file is one process's alone: the logs are opened anew, the file is not.
    reopen: async () =>
      location.type === 'sqlite'
        ? opened.use(openDatabaseLogs({ database, gatherMs: 1, ...options }))
        : (await open()).logs,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What a machine that lost its power may leave of a log of ten bytes. */
const LOSE_END: readonly Statement[] = [
  'DELETE FROM log_chunks WHERE start = 4',
  'UPDATE logs SET size_bytes = 4',
].map((text) => ({ sqlite: text, postgres: text }));

describeLogContract('a SQLite database', {
  async open(options) {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
    const location = { type: 'sqlite', file: join(folder, 'logs.db') } as const;
    return await openPlace(location, options, () => rm(folder, { recursive: true, force: true }));
  },
});

describe('with PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  const open = (options: { readonly limitBytes?: number } = {}) =>
    openPlace({ type: 'postgres', url: postgres.createDatabase() }, options, async () => {});

  describeLogContract('a PostgreSQL database', { open });

  describe('a log that several servers share', () => {
    it('is followed on one while it is written on another', async () => {
      await using place = await open();
      const other = await place.reopen();
      const awaiting = followLog(other, { awaited: true });
      await place.logs.append(NAME, 0, bytes('one\n'));
      await awaiting.has('one\n');
      const follower = followLog(other, { start: 2 });
      await place.logs.append(NAME, 4, bytes('two\n'));
      await Promise.all([follower.has('e\ntwo\n'), awaiting.has('one\ntwo\n')]);
      await place.logs.end(NAME);
      await Promise.all([follower.done, awaiting.done]);
      await expect(other.append(NAME, 8, bytes('x'))).rejects.toMatchObject({ code: 'ENDED' });
    });

    it('goes on on another one, where the writer begins again with what it does not know to be there', async () => {
      await using place = await open();
      const other = await place.reopen();
      await place.logs.append(NAME, 0, bytes('0123456789'));
      expect(await other.append(NAME, 5, bytes('56789ab'))).toEqual({ sizeBytes: 12 });
      // The first one does not know of it, or was told: it is the same.
      expect(await place.logs.append(NAME, 10, bytes('abc'))).toEqual({ sizeBytes: 13 });
      await expect(other.append(NAME, 14, bytes('x'))).rejects.toMatchObject({ code: 'GAP' });
      expect(await contentOf(other)).toBe('0123456789abc');
    });

    it('is whole when two write it at once', async () => {
      await using place = await open();
      const other = await place.reopen();
      const text = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
      const write = async (logs: LogPlace['logs']): Promise<void> => {
        for (let at = 0; at < text.length; at += 37)
          await logs.append(NAME, at, bytes(text.slice(at, at + 37)));
      };
      await Promise.all([write(place.logs), write(other)]);
      expect(await contentOf(other)).toBe(text);
    });

    it('goes on where it is after the database has lost its end', async () => {
      await using place = await open();
      await place.logs.append(NAME, 0, bytes('0123'));
      await place.logs.append(NAME, 4, bytes('456789'));
      const follower = followLog(place.logs);
      await follower.has('0123456789');
      await place.database.batch(LOSE_END.map((statement) => ({ statement, values: [] })));
      await expect(place.logs.append(NAME, 10, bytes('ab'))).rejects.toMatchObject({ code: 'GAP' });
      await expect(follower.done).rejects.toMatchObject({ code: 'NOT_FOUND' }); // it comes back, as after any cut
      const again = followLog(place.logs, { start: 10 });
      expect(await place.logs.append(NAME, 4, bytes('456789ab'))).toEqual({ sizeBytes: 12 });
      await again.has('ab');
      expect(await contentOf(place.logs)).toBe('0123456789ab');
      again.abort();
    });

    it('ends those who follow it elsewhere when it is removed, and may begin anew', async () => {
      await using place = await open();
      const other = await place.reopen();
      await place.logs.append(NAME, 0, bytes('a first and long one'));
      const follower = followLog(other);
      await follower.has('a first and long one');
      await place.logs.remove(NAME);
      await expect(follower.done).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await place.logs.append(NAME, 0, bytes('second'));
      expect(await contentOf(other)).toBe('second');
      expect(await other.append(NAME, 6, bytes(' half'))).toEqual({ sizeBytes: 11 });
      expect(await contentOf(place.logs)).toBe('second half');
    });
  });
});
