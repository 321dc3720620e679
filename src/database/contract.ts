import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database, Execution, Migration, Statement } from './database.ts';
import { DatabaseError, type DatabaseErrorCode } from './error.ts';

/** How the tests open a database. */
export interface DatabaseContractOptions {
  /** Opens it, as a process that starts does. Where `isShared`, several times at the same time. */
  open(migrations: readonly Migration[]): Promise<Database>;
  readonly isShared: boolean;
}

const same = (text: string): Statement => ({ sqlite: text, postgres: text });
const PUT = same('INSERT INTO things (name, size) VALUES ($1, $2)');
const PUT_OR_KEEP = same('INSERT INTO things (name, size) VALUES ($1, $2) ON CONFLICT DO NOTHING');
const GROW = same('UPDATE things SET size = size + $2 WHERE name = $1');
const DROP = same('DELETE FROM things WHERE name = $1');
const GET = same('SELECT name, size FROM things WHERE name = $1');
const ALL = same('SELECT name, size FROM things ORDER BY name');
const CLEAR = same('DELETE FROM things');
const KINDS = same('SELECT $1 = 1 AS truth');
const BYTES = {
  put: same('INSERT INTO blobs VALUES ($1, $2)'),
  get: same('SELECT * FROM blobs WHERE id = $1'),
};
const WRONG = same('SELECT nothing FROM nowhere');

const MIGRATIONS: readonly Migration[] = [
  {
    capability: 'things',
    version: 1,
    about: 'things',
    sqlite: ['CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT'],
    postgres: ['CREATE TABLE things (name text COLLATE "C" PRIMARY KEY, size bigint NOT NULL)'],
  },
  {
    capability: 'blobs',
    version: 1,
    about: 'blobs',
    sqlite: ['CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT'],
    postgres: ['CREATE TABLE blobs (id bigint PRIMARY KEY, bytes bytea NOT NULL)'],
  },
];
const NEXT: Migration = {
  capability: 'things',
  version: 2,
  about: 'colours',
  sqlite: ["ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'none'"],
  postgres: ["ALTER TABLE things ADD COLUMN colour text NOT NULL DEFAULT 'none'"],
};

async function codeOf(call: Promise<unknown>): Promise<DatabaseErrorCode | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !(error instanceof DatabaseError)) throw error;
  return error?.code;
}

/** What every `Database` does, as tests. Each implementation registers it in its own test file. */
export function describeDatabaseContract(name: string, { open, isShared }: DatabaseContractOptions): void {
  describe(`${name}, as a database`, () => {
    let database: Database;

    beforeAll(async () => {
      database = await open(MIGRATIONS);
    });
    afterAll(async () => await database[Symbol.asyncDispose]());

    const run = (...executions: Execution[]) => database.batch(executions);
    const content = async (): Promise<unknown> =>
      Object.fromEntries((await database.query(ALL)).map((row) => [row['name'], row['size']]));

    it('gives back what it was given: texts, whole numbers, bytes, nothing', async () => {
      const text = 'ключ \u{1f600} "\'\\ \u2028';
      await run(
        { statement: CLEAR, values: [] },
        { statement: PUT, values: [text, Number.MAX_SAFE_INTEGER] },
      );
      expect(await database.query(GET, [text])).toEqual([{ name: text, size: Number.MAX_SAFE_INTEGER }]);
      expect(await database.query(GET, [null])).toEqual([]);
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
      await database.query(BYTES.put, [7n, bytes]);
      const [row] = await database.query(BYTES.get, [7]);
      expect(Buffer.from(row?.['bytes'] as Uint8Array).equals(bytes)).toBe(true);
      expect(row?.['id']).toBe(7);
      expect((await database.query(KINDS, [1])).map(({ truth }) => Boolean(truth))).toEqual([true]);
    });

    it('sorts texts by their bytes', async () => {
      await run({ statement: CLEAR, values: [] });
      for (const text of ['b', 'a', 'B', '0', 'A', '_', 'ä', '-']) await database.query(PUT, [text, 0]);
      const names = (await database.query(ALL)).map((row) => row['name']);
      expect(names).toEqual(['-', '0', 'A', 'B', '_', 'a', 'b', 'ä']);
    });

    it('does a batch in its order, each part seeing the ones before', async () => {
      const results = await run(
        { statement: CLEAR, values: [] },
        { statement: PUT, values: ['a', 1], rows: 1 },
        { statement: GROW, values: ['a', 4], rows: 1 },
        { statement: GET, values: ['a'], rows: 1 },
      );
      expect(results?.[3]).toEqual([{ name: 'a', size: 5 }]);
      expect(await run()).toEqual([]);
    });

    it('does nothing of a batch in which one part has not its rows', async () => {
      await run({ statement: CLEAR, values: [] }, { statement: PUT, values: ['a', 1] });
      const guards: readonly Execution[] = [
        { statement: GROW, values: ['none', 1], rows: 1 },
        { statement: GET, values: ['a'], rows: 0 },
        { statement: PUT_OR_KEEP, values: ['a', 9], rows: 1 },
        { statement: DROP, values: ['a'], rows: 2 },
      ];
      for (const guard of guards) {
        expect(await run({ statement: PUT, values: ['b', 2] }, guard)).toBeUndefined();
        expect(await run(guard)).toBeUndefined();
      }
      expect(await content()).toEqual({ a: 1 });
    });

    it('does nothing of a batch in which a statement fails, and goes on', async () => {
      await run({ statement: CLEAR, values: [] }, { statement: PUT, values: ['a', 1] });
      const twice = run({ statement: PUT, values: ['b', 1] }, { statement: PUT, values: ['a', 1] });
      expect(await codeOf(twice)).toBe('STATEMENT');
      expect(await codeOf(database.query(WRONG))).toBe('STATEMENT');
      expect(await content()).toEqual({ a: 1 });
    });

    it('keeps batches that come at the same time apart', async () => {
      await run({ statement: CLEAR, values: [] });
      const results = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const size = i % 3;
          const put = { statement: PUT, values: [`${i}`, size] };
          if (size === 0) return await run(put);
          if (size === 1) return await run(put, { statement: DROP, values: ['none'], rows: 1 });
          return await codeOf(run(put, { statement: WRONG, values: [] }));
        }),
      );
      expect(results.map((result) => result !== undefined && result !== 'STATEMENT')).toEqual(
        results.map((_, i) => i % 3 === 0),
      );
      expect(Object.keys((await content()) as object)).toHaveLength(20);
    });

    it('loses no increment, however many add to one number', async () => {
      await run({ statement: CLEAR, values: [] }, { statement: PUT, values: ['n', 0] });
      const grow = { statement: GROW, values: ['n', 1], rows: 1 };
      await Promise.all(Array.from({ length: 100 }, () => run(grow, { statement: GET, values: ['n'] })));
      expect(await content()).toEqual({ n: 100 });
    });

    it('does as a simple model does, for any batches at the same time', async () => {
      const names = fc.constantFrom('a', 'b', 'c');
      const part = fc.oneof(
        fc.record({ kind: fc.constant('put' as const), name: names, guarded: fc.boolean() }),
        fc.record({ kind: fc.constant('drop' as const), name: names, guarded: fc.boolean() }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 5 }), async (batches) => {
          await run({ statement: CLEAR, values: [] });
          const happened = [];
          for (const batch of batches) {
            happened.push(
              run(
                ...batch.map(({ kind, name: thing, guarded }) => ({
                  statement: kind === 'put' ? PUT_OR_KEEP : DROP,
                  values: kind === 'put' ? [thing, 1] : [thing],
                  ...(guarded && { rows: 1 }),
                })),
              ),
            );
            if (isShared) await happened.at(-1); // its order would be anybody's
          }
          let model = new Set<string>();
          for (const [i, batch] of batches.entries()) {
            const next = new Set(model);
            const isMet = batch.every(({ kind, name: thing, guarded }) => {
              const changes = kind === 'put' ? !next.has(thing) : next.has(thing);
              if (kind === 'put') next.add(thing);
              else next.delete(thing);
              return changes || !guarded;
            });
            expect((await happened[i]) !== undefined).toBe(isMet);
            if (isMet) model = next;
          }
          expect(Object.keys((await content()) as object)).toEqual([...model].toSorted());
        }),
        { numRuns: 40 },
      );
    });

    it('tells listeners of a channel in this process, until they are disposed', async () => {
      const heard: unknown[] = [];
      const listening = database.listen('here', (payload) => heard.push(payload));
      using _other = database.listen('there', () => heard.push('wrong'));
      database.notify('here', 'one');
      await vi.waitFor(() => expect(heard).toEqual(['one']), { timeout: 20_000 });
      listening[Symbol.dispose]();
      database.notify('here', 'two');
      await database.query(ALL);
      expect(heard).toEqual(['one']);
    });

    it('says that it is well', async () => {
      expect(await database.isWell()).toBe(true);
    });

    describe('opened again', () => {
      const reopen = async (migrations: readonly Migration[]): Promise<Database> => {
        await database[Symbol.asyncDispose]();
        database = await open(MIGRATIONS).catch(async () => await open([...MIGRATIONS, NEXT]));
        await database[Symbol.asyncDispose]();
        return await open(migrations);
      };

      it('has what was in it, refuses what comes after its end, and ends once', async () => {
        await run({ statement: CLEAR, values: [] }, { statement: PUT, values: ['kept', 1] });
        const ended = database;
        const last = ended.query(GROW, ['kept', 1]);
        await Promise.all([last, ended[Symbol.asyncDispose]()]);
        await ended[Symbol.asyncDispose]();
        expect(await codeOf(ended.query(ALL))).toBe('CLOSED');
        expect(await ended.isWell()).toBe(false);
        database = await open(MIGRATIONS);
        expect(await content()).toEqual({ kept: 2 });
      });

      it('by a newer program goes forward, and then refuses the older one', async () => {
        await run({ statement: CLEAR, values: [] }, { statement: PUT, values: ['a', 1] });
        database = await reopen([...MIGRATIONS, NEXT]);
        expect(await database.query(same('SELECT colour FROM things'))).toEqual([{ colour: 'none' }]);
        await database[Symbol.asyncDispose]();
        const older = open(MIGRATIONS);
        await expect(older).rejects.toMatchObject({
          code: 'SCHEMA',
          message: expect.stringContaining('"things" have version 2, and this program knows 1'),
          hint: expect.stringContaining('run the newer program'),
        });
        database = await open([...MIGRATIONS, NEXT]);
      });

      it('with a step that fails takes none of the steps', async () => {
        await database[Symbol.asyncDispose]();
        const fine = {
          ...NEXT,
          version: 3,
          sqlite: ['CREATE TABLE more (a INTEGER)'],
          postgres: ['CREATE TABLE more (a int)'],
        };
        const broken = { ...NEXT, version: 4, sqlite: ['nonsense'], postgres: ['nonsense'] };
        expect(await codeOf(open([...MIGRATIONS, NEXT, fine, broken]))).toBe('STATEMENT');
        database = await open([...MIGRATIONS, NEXT]);
        expect(await codeOf(database.query(same('SELECT * FROM more')))).toBe('STATEMENT');
      });
    });
  });
}
