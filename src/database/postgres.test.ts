import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { describeDatabaseContract } from './contract.ts';
import { type Database, DatabaseError, type Migration, openDatabase, type Statement } from './index.ts';

let postgres: Postgres;
let contractUrl: string;

beforeAll(async () => {
  postgres = await startPostgres();
  contractUrl = postgres.createDatabase();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

const open = (url: string, migrations: readonly Migration[] = [], connections = 4): Promise<Database> =>
  openDatabase({ location: { type: 'postgres', url, connections }, migrations });

describeDatabaseContract('PostgreSQL', {
  isShared: true,
  open: (migrations) => open(contractUrl, migrations),
});

const statement = (postgresText: string): Statement => ({ sqlite: '', postgres: postgresText });
const NUMBERS: Migration = {
  capability: 'numbers',
  version: 1,
  about: 'numbers',
  sqlite: [],
  postgres: ['CREATE TABLE numbers (n bigint PRIMARY KEY)', 'CREATE TABLE twice (n bigint PRIMARY KEY)'],
};
const PUT = statement('INSERT INTO numbers VALUES ($1) ON CONFLICT DO NOTHING');
const PUT_TWICE = statement('INSERT INTO twice VALUES ($1)');
const ALL = statement('SELECT n FROM numbers ORDER BY n');
const BOTH =
  statement(`SELECT (SELECT count(*) FROM numbers) AS numbers, (SELECT count(*) FROM twice) AS twice,
  (SELECT count(*) FROM numbers JOIN twice USING (n)) AS pairs`);

describe('PostgreSQL', () => {
  it('is brought forward once by servers that start at the same time', async () => {
    const url = postgres.createDatabase();
    const opened = await Promise.all([1, 2, 3, 4].map(() => open(url, [NUMBERS], 1)));
    const applied = statement('SELECT capability, version FROM slipway_migrations');
    expect(await opened[0]?.query(applied)).toEqual([{ capability: 'numbers', version: 1 }]);
    for (const database of opened) await database[Symbol.asyncDispose]();
  });

  it('carries what one server tells to the others, many things together', async () => {
    const url = postgres.createDatabase();
    await using one = await open(url);
    await using two = await open(url);
    const heard: (string | undefined)[] = [];
    one.listen('news', (payload) => heard.push(payload));
    two.listen('news', (payload) => heard.push(payload));
    const told = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(100, '.'));
    for (const payload of told) one.notify('news', payload);
    await vi.waitFor(() => expect(heard).toHaveLength(2 * told.length), { timeout: 20_000 });
    expect(new Set(heard)).toEqual(new Set(told));
  });

  it('that is started again under load loses nothing that was acknowledged, and does nothing by half', async () => {
    const url = postgres.createDatabase();
    await using database = await open(url, [NUMBERS]);
    await using other = await open(url);
    const missed = vi.fn();
    const heard: unknown[] = [];
    other.listen('news', (payload) => (payload === undefined ? missed() : heard.push(payload)));
    const acknowledged: number[] = [];
    const trouble = new Set<string>();
    let next = 0;
    let isOver = false;
    async function write(): Promise<void> {
      while (!isOver) {
        next += 1;
        const n = next;
        try {
          const put = { statement: PUT, values: [n] };
          await (n % 2 === 0
            ? database.batch([
                { ...put, rows: 1 },
                { statement: PUT_TWICE, values: [n] },
              ])
            : database.query(PUT, [n]));
          acknowledged.push(n);
        } catch (error) {
          trouble.add(error instanceof DatabaseError ? error.code : String(error));
        }
      }
    }
    const writers = Array.from({ length: 8 }, write);
    for (const how of ['INT', 'QUIT'] as const) {
      const before = acknowledged.length;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeout: 20_000 });
      await postgres.stop(how);
      expect(await database.isWell()).toBe(false);
      await postgres.start();
    }
    const before = acknowledged.length;
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 50), { timeout: 20_000 });
    isOver = true;
    await Promise.all(writers);
    expect([...trouble].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    const there = new Set((await database.query(ALL)).map((row) => row['n']));
    expect(acknowledged.filter((n) => !there.has(n))).toEqual([]);
    const [row] = await database.query(BOTH);
    expect(row?.['pairs']).toBe(row?.['twice']);
    await vi.waitFor(() => expect(missed).toHaveBeenCalled(), { timeout: 20_000 });
    await vi.waitFor(
      () => {
        database.notify('news', 'after');
        expect(heard).toContain('after');
      },
      { timeout: 20_000 },
    );
  });

  it('that does not answer is waited for only as long as somebody wants it', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const opening = async (at: number, came: (stop: () => void) => void): Promise<unknown> => {
      const leaving = new AbortController();
      came(() => leaving.abort('enough'));
      const location = { type: 'postgres', url: `postgres://somebody@127.0.0.1:${at}/tasks` } as const;
      return await openDatabase({ location, migrations: [], signal: leaving.signal }).catch((why) => why);
    };
    expect(await opening(port, (stop) => silent.once('connection', stop))).toBe('enough');
    expect(await opening(await freePort(), (stop) => setImmediate(stop))).toBe('enough');
    silent.close();
    await once(silent, 'close'); // nobody is connected
  });

  it('that was away while servers told each other something carries what they tell afterwards, and is closed', async () => {
    const url = postgres.createDatabase();
    const one = await open(url);
    await using two = await open(url);
    const heard: (string | undefined)[] = [];
    two.listen('news', (payload) => heard.push(payload));
    await postgres.stop('KILL');
    const isAway = (): Promise<void> =>
      vi.waitFor(async () => expect(await one.isWell()).toBe(false), { timeout: 20_000 });
    await isAway();
    for (let i = 0; i < 50; i += 1) {
      one.notify('news', `lost ${i}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await postgres.start();
    await vi.waitFor(() => expect(heard).toContain(undefined), { timeout: 20_000 });
    await vi.waitFor(
      () => {
        one.notify('news', 'after it');
        expect(heard).toContain('after it');
      },
      { timeout: 20_000 },
    );
    await one[Symbol.asyncDispose]();
  });

  it('that ends the connection of one server lets the others know what that told meanwhile, or that they missed it', async () => {
    const url = postgres.createDatabase();
    await using one = await open(url);
    await using two = await open(url);
    const heard: (string | undefined)[] = [];
    two.listen('news', (payload) => heard.push(payload));
    const endFirst = statement(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%' ORDER BY backend_start LIMIT 1`);
    expect(await two.query(endFirst)).toHaveLength(1);
    one.notify('news', 'meanwhile');
    await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 20_000 });
  });

  it('that is away is told apart from one that refuses, and no message has the password', async () => {
    const url = new URL(postgres.createDatabase());
    const variant = (change: (copy: URL) => void): Promise<unknown> => {
      const copy = new URL(url);
      change(copy);
      return open(copy.href).then(
        () => undefined,
        (error: unknown) => error,
      );
    };
    const errors = await Promise.all([
      variant((copy) => {
        copy.password = 'wrong-password';
      }),
      variant((copy) => {
        copy.pathname = '/none';
      }),
      variant((copy) => {
        copy.searchParams.set('sslmode', 'verify-full');
      }),
      variant((copy) => {
        copy.searchParams.set('sslmode', 'perhaps');
      }),
      variant((copy) => {
        copy.hostname = 'name.invalid';
      }),
    ]);
    expect(errors.map((error) => (error as DatabaseError).code)).toEqual([
      'REFUSED',
      'REFUSED',
      'REFUSED',
      'REFUSED',
      'UNAVAILABLE',
    ]);
    for (const error of errors)
      expect((error as Error).message).not.toMatch(/password@|wrong-password|no%20other/);
    await expect(open('mysql://user:secret-word@host/db')).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.not.stringContaining('secret-word'),
    });
  });

  it('looks through an index also where a plan was made for an empty table', async () => {
    const url = postgres.createDatabase();
    await using database = await open(url, [NUMBERS], 1);
    const find = statement('SELECT n FROM numbers WHERE n > $1 ORDER BY n LIMIT 1');
    for (let i = 0; i < 10; i += 1) await database.query(find, [0]);
    await database.query(statement('INSERT INTO numbers SELECT generate_series(1, 50000)'));
    const plan = await database.query(
      statement('EXPLAIN SELECT n FROM numbers WHERE n > 40000 ORDER BY n LIMIT 1'),
    );
    expect(JSON.stringify(plan)).toContain('Index Only Scan');
  });
});
