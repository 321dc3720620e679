import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { type Database, openDatabase, type Statement } from '../../database/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { NEIGHBOUR_MIGRATIONS, openPurgeRequests, openTaskIndex } from './index.ts';

const DAY = 86_400_000;
const START = 1_800_000_000_000;

let postgres: Postgres;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'slipway-expiry-'));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['sqlite', 'postgres'] as const)('what has expired in %s', (kind) => {
  let database: Database;
  let now = START;
  beforeAll(async () => {
    const location =
      kind === 'sqlite'
        ? { type: kind, file: join(folder, 'neighbours.db') }
        : { type: kind, url: postgres.createDatabase() };
    database = await openDatabase({ location, migrations: NEIGHBOUR_MIGRATIONS });
  });
  afterAll(async () => await database[Symbol.asyncDispose]());

  const count = async (table: string): Promise<number> => {
    const text = `SELECT count(*) AS count FROM ${table}`;
    const statement: Statement = { sqlite: text, postgres: text };
    const [row] = await database.query<{ count: number }>(statement);
    return Number(row?.count);
  };
  const entry = (rank: number, expires: number) => ({ taskId: newTaskId(), rank, data: {}, expires });

  it('is not found, keeps nothing out, and is removed when something is written later', async () => {
    const index = openTaskIndex(database, () => now);
    const old = entry(9, now + 1000);
    await index.insert('x.y.old', old);
    const staying = entry(1, now + 10 * DAY);
    await index.insert('x.z', staying);
    now += 1000;
    expect(await index.find('x.y.old')).toBeUndefined();
    expect(await index.tasks('x.y')).toEqual({ items: [] });
    const lower = entry(1, now + 1000);
    expect(await index.insert('x.y.old', lower)).toMatchObject(lower);
    now += 2 * DAY;
    expect((await index.namespaces('x')).items).toEqual([]);
    expect((await index.namespaces('')).items.map(({ path }) => path)).toEqual(['x']);
    await index.insert('other', entry(1, now + DAY));
    expect(await count('index_tasks')).toBe(2);
    expect(await count('index_namespaces')).toBe(1);
    expect(await index.find('x.z')).toMatchObject(staying);
  });

  it('is forgotten of what was asked to be purged, a day after it was last asked', async () => {
    const purges = openPurgeRequests(database, () => now);
    await purges.purge('p/w', 'a');
    await purges.purge('p/w', 'b');
    now += DAY / 2;
    await purges.purge('p/w', 'b');
    now += DAY / 2;
    expect((await purges.of('p/w', 0)).map(({ cacheName }) => cacheName)).toEqual(['b']);
    expect(await purges.of('p/w', now)).toEqual([]);
    await purges.purge('p/w', 'c');
    expect(await count('purge_requests')).toBe(2);
  });

  it('is written by many at once, and one of the highest rank stays', async () => {
    const index = openTaskIndex(database, () => now);
    const entries = Array.from({ length: 20 }, (_, rank) => entry(rank, now + DAY));
    await Promise.all(entries.map((each) => index.insert('many.at.once', each)));
    expect(await index.find('many.at.once')).toMatchObject(entries.at(-1) ?? {});
  });
});
