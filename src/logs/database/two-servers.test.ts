import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  array,
  asyncProperty,
  assert as check,
  constantFrom,
  infiniteStream,
  integer,
  record,
} from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase, type Row } from '../../database/index.ts';
import { LogError, type LogStore } from '../log-store.ts';
import { openDatabaseLogs } from './open-database-logs.ts';
import { LOG_MIGRATIONS } from './statements.ts';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  const location = { type: 'sqlite', file: join(folder, 'db') } as const;
  database = await openDatabase({ location, migrations: LOG_MIGRATIONS });
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The database over a network that takes its time, going and coming. */
function slow(delays: Iterator<number>): Database {
  const late = async <T>(work: () => Promise<T>): Promise<T> => {
    await sleep(delays.next().value);
    const result = await work();
    await sleep(delays.next().value);
    return result;
  };
  return {
    ...database,
    listen: database.listen.bind(database),
    notify: database.notify.bind(database),
    query: (statement, values) => late(() => database.query(statement, values)),
    batch: (executions) => late(() => database.batch(executions)),
  };
}

/** What every writer of a log sends, whichever server it reaches: a worker that tries again has the same bytes. */
const CONTENT = Buffer.from(Array.from({ length: 4096 }, (_, at) => at % 251));

const STEP = record({
  server: integer({ min: 0, max: 1 }),
  what: constantFrom('append', 'append', 'append', 'end', 'remove'),
  bytes: integer({ min: 1, max: 40 }),
  laterMs: integer({ min: 0, max: 6 }),
});
type Step = { readonly what: string; readonly bytes: number; readonly laterMs: number };

/** Gives how long the log is by then, where it took something. */
async function take(logs: LogStore, name: string, { what, bytes, laterMs }: Step): Promise<number> {
  await sleep(laterMs);
  try {
    if (what === 'end') await logs.end(name);
    if (what === 'remove') await logs.remove(name);
    if (what !== 'append') return 0;
    const offset = (await logs.size(name))?.sizeBytes ?? 0;
    return (await logs.append(name, offset, CONTENT.subarray(offset, offset + bytes))).sizeBytes;
  } catch (error) {
    if (error instanceof LogError && error.code !== 'UNAVAILABLE') return 0; // it has ended, or went meanwhile
    throw error;
  }
}

async function contentOf(logs: LogStore, name: string): Promise<Buffer | undefined> {
  if ((await logs.size(name)) === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  const signal = new AbortController().signal;
  for await (const piece of logs.read(name, { start: 0, follow: false, signal }))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const both = (text: string) => ({ sqlite: text, postgres: text });
const LOST = both('SELECT count(*) AS n FROM log_chunks WHERE log_id NOT IN (SELECT id FROM logs)');

it('is one content at all servers, of which nothing acknowledged is missing and nothing stays when it is removed', async () => {
  let logsMade = 0;
  const runs = asyncProperty(
    infiniteStream(integer({ min: 0, max: 3 })),
    array(STEP, { minLength: 2, maxLength: 12 }),
    async (delays, steps) => {
      logsMade += 1;
      const name = `log ${logsMade}`;
      const servers = [0, 1].map(() => openDatabaseLogs({ database: slow(delays), gatherMs: 1 }));
      const lengths = await Promise.all(
        steps.map(async ({ server, ...step }) => await take(servers[server] as LogStore, name, step)),
      );
      const contents = await Promise.all(servers.map((logs) => contentOf(logs, name)));
      for (const logs of servers) await logs[Symbol.asyncDispose]();
      const [content] = contents;
      expect(contents).toEqual([content, content]);
      if (content !== undefined) expect(content).toEqual(CONTENT.subarray(0, content.length));
      if (!steps.some(({ what }) => what === 'remove')) {
        expect(content?.length ?? 0).toBe(Math.max(0, ...lengths));
      }
      expect(await database.query(LOST)).toEqual([{ n: 0 }]);
    },
  );
  await check(runs, { numRuns: 40 });
});

it('is seen, and removed, where it was known before it was removed elsewhere and began anew', async () => {
  const open = (): LogStore => openDatabaseLogs({ database, gatherMs: 1 });
  await using one = open();
  await using other = open();
  const beginAnew = async (name: string): Promise<void> => {
    await one.append(name, 0, CONTENT.subarray(0, 5));
    expect(await other.size(name)).toEqual({ sizeBytes: 5, hasEnded: false });
    await one.remove(name);
    await one.append(name, 0, CONTENT.subarray(0, 3));
  };
  await beginAnew('seen');
  expect(await other.size('seen')).toEqual({ sizeBytes: 3, hasEnded: false });
  await beginAnew('removed');
  await other.remove('removed');
  expect(await one.size('removed')).toBeUndefined();
});

it('is followed by who waited for it, though the answer of before it began comes after that of after', async () => {
  const late = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let questions = 0;
  const reordering: Database = {
    ...database,
    listen: database.listen.bind(database),
    notify: database.notify.bind(database),
    async query<T extends Row>(...[statement, values]: Parameters<Database['query']>) {
      questions += 1;
      const isFirst = questions === 1;
      const rows = await database.query<T>(statement, values);
      if (isFirst) {
        asked.resolve();
        await late.promise;
      }
      return rows;
    },
    batch: database.batch.bind(database),
  };
  await using reader = openDatabaseLogs({ database: reordering, gatherMs: 1 });
  await using writer = openDatabaseLogs({ database, gatherMs: 1 });
  const options = { start: 0, follow: true, awaited: true, signal: new AbortController().signal };
  const reading = Array.fromAsync(reader.read('reordered', options), (piece) => Buffer.from(piece));
  await asked.promise;
  await writer.append('reordered', 0, CONTENT.subarray(0, 5));
  expect(await reader.size('reordered')).toEqual({ sizeBytes: 5, hasEnded: false });
  late.resolve();
  await writer.append('reordered', 5, CONTENT.subarray(5, 9));
  await writer.end('reordered');
  expect(Buffer.concat(await reading)).toEqual(CONTENT.subarray(0, 9));
});
