import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncProperty, assert as check, constantFrom, infiniteStream, integer } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Database, openDatabase } from '../../../database/index.ts';
import { SHELL_MIGRATIONS } from './migrations.ts';
import { openTunnel } from './tunnel.ts';

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-tunnel-'));
  database = await openDatabase({
    location: { type: 'sqlite', file: join(folder, 'db') },
    migrations: SHELL_MIGRATIONS,
  });
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const ROWS = 'SELECT count(*) AS n FROM shell_bytes';

/** The database over a network that takes its time, going and coming. */
const slow = (delays: Iterator<number>): Database => ({
  ...database,
  listen: database.listen.bind(database),
  notify: database.notify.bind(database),
  async query(statement, values) {
    await sleep(delays.next().value);
    const rows = await database.query(statement, values);
    await sleep(delays.next().value);
    return rows as never;
  },
});

const ENDS = ['destroy', 'end', 'end and destroy'] as const;

it('leaves no row behind, whoever ends it, how and in which order', async () => {
  let sessions = 0;
  const runs = asyncProperty(
    infiniteStream(integer({ min: 0, max: 3 })),
    constantFrom(...ENDS),
    constantFrom(...ENDS),
    integer({ min: 0, max: 6 }),
    async (delays, clientEnds, workerEnds, later) => {
      sessions += 1;
      const open = (side: 'client' | 'worker') => {
        const tunnel = openTunnel({
          database: slow(delays),
          session: `session ${sessions}`,
          side,
          now: Date.now,
        });
        // As between sockets: what ends is answered by an end.
        return tunnel.resume().once('end', () => tunnel.end());
      };
      const [client, worker] = [open('client'), open('worker')];
      const closed = [client, worker].map((tunnel) => once(tunnel, 'close'));
      client.write('ls');
      worker.write('a file');
      for (const [tunnel, how] of [
        [client, clientEnds],
        [worker, workerEnds],
      ] as const) {
        if (how !== 'destroy' && !tunnel.writableEnded) tunnel.end('the last of it');
        if (how !== 'end') tunnel.destroy();
        await sleep(later);
      }
      await Promise.all(closed);
      expect(await database.query({ sqlite: ROWS, postgres: ROWS })).toEqual([{ n: 0 }]);
    },
  );
  await check(runs, { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false });
});

describe('a side of which nothing more is heard', () => {
  /** Servers of one database that is always empty; who is cut off neither hears nor tells. */
  function openWire() {
    const listeners = new Set<(payload: string) => void>();
    return (isCut = () => false): Database =>
      ({
        query: async () => [],
        notify(_channel: string, payload: string) {
          if (!isCut()) for (const listener of listeners) listener(payload);
        },
        listen(_channel: string, listener: (payload: string) => void) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => listeners.delete(listener) };
        },
      }) as unknown as Database; // all that a tunnel uses
  }
  const open = (wire: Database, side: 'client' | 'worker') => {
    const tunnel = openTunnel({ database: wire, session: 'one', side, now: Date.now });
    onTestFinished(() => void tunnel.destroy());
    return tunnel.on('error', () => undefined).resume();
  };

  it('is gone within a quarter of a minute, and one that only has nothing to say is not', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const wire = openWire();
    let isKilled = false;
    const [client, worker] = [
      open(wire(), 'client'),
      open(
        wire(() => isKilled),
        'worker',
      ),
    ];
    vi.advanceTimersByTime(600_000);
    expect([client.destroyed, worker.destroyed]).toEqual([false, false]);
    isKilled = true;
    vi.advanceTimersByTime(15_000);
    expect(client.destroyed).toBe(true);
  });

  it('is waited for where it never says that it is there, as servers of an earlier version', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const client = open(openWire()(), 'client');
    vi.advanceTimersByTime(99_999);
    expect(client.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(client.destroyed).toBe(true);
  });
});

it('finds bytes of which the news was lost', async () => {
  const deaf: Database = {
    ...database,
    listen: database.listen.bind(database),
    query: database.query.bind(database),
    notify: (channel, payload) => payload.includes(' here ') && database.notify(channel, payload),
  };
  const open = (side: 'client' | 'worker') =>
    openTunnel({ database: deaf, session: 'deaf', side, now: Date.now, beatMs: 20 });
  const [client, worker] = [open('client'), open('worker')];
  const told = once(client, 'data');
  await sleep(0); // it has looked once
  worker.write('a file');
  expect(`${(await told)[0]}`).toBe('a file');
  for (const tunnel of [client, worker]) await once(tunnel.destroy(), 'close');
});
