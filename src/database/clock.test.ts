import { describe, expect, it } from 'vitest';
import { openClock } from './clock.ts';
import type { Database } from './database.ts';

/** A database whose clock is that of the test. */
const databaseAt = (kind: Database['kind'], now: () => number): Database => ({
  kind,
  name: 'test',
  query: async <T>() => [{ now: now() }] as unknown as readonly T[],
  batch: async () => [],
  notify: () => {},
  listen: () => ({ [Symbol.dispose]: () => {} }),
  isWell: async () => true,
  [Symbol.asyncDispose]: async () => {},
});

describe('the clock of a database', () => {
  it('is the database’s, for servers whose own are a minute apart', async () => {
    const time = 1_000_000;
    const database = databaseAt('postgres', () => time);
    const clocks = [-60_000, 0, 60_000].map((off) => openClock(database, undefined, () => time + off));
    expect((await Promise.all(clocks)).map((clock) => clock.now())).toEqual([time, time, time]);
  });

  it('follows the database’s when that is looked at again', async () => {
    let ahead = 0;
    const clock = await openClock(
      databaseAt('postgres', () => 5000 + ahead),
      undefined,
      () => 5000,
    );
    ahead = 700;
    expect(clock.now()).toBe(5000);
    await clock.adjust();
    expect(clock.now()).toBe(5700);
  });

  it('is the one that was given, or this machine’s where the database is on it', async () => {
    const given = await openClock(
      databaseAt('postgres', () => 5),
      () => 42,
    );
    const own = await openClock(
      databaseAt('sqlite', () => 5),
      undefined,
      () => 43,
    );
    expect([given.now(), own.now()]).toEqual([42, 43]);
  });

  it('gives places that go up, also when it is set back', async () => {
    let time = 1000;
    const clock = await openClock(
      databaseAt('sqlite', () => 0),
      () => time,
    );
    const places = [0, 0, -500, 1000].map((step) => {
      time += step;
      return clock.moment().place;
    });
    expect(places.toSorted((a, b) => a - b)).toEqual(places);
    expect(new Set(places).size).toBe(4);
  });
});
