import type { Database, Statement } from './database.ts';

/** A time, and a place among all that happened. */
export interface Moment {
  readonly now: number;
  readonly place: number;
}

/** What time it is, for all servers of a database alike, and whose turn is when. */
export interface Clock {
  now(): number;
  /** Goes up with every call, also where the clock is set back; microseconds, so that servers agree on an order. */
  moment(): Moment;
  /** Looks at the database's clock again. */
  adjust(): Promise<void>;
}

const DATABASE_NOW: Statement = {
  postgres: 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
  sqlite: "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now",
};

/**
 * A clock that several servers share is the database's: what this machine's says differs from it by as much as was found
 * at the last look. SQLite is on this machine, and a clock that was given is believed.
 */
export async function openClock(
  database: Database,
  given: (() => number) | undefined,
  local: () => number = Date.now,
): Promise<Clock> {
  const own = given ?? local;
  const isShared = given === undefined && database.kind === 'postgres';
  let offsetMs = 0;
  let lastPlace = 0;

  async function adjust(): Promise<void> {
    if (!isShared) return;
    const before = own();
    const [row] = await database.query<{ now: number }>(DATABASE_NOW);
    if (row !== undefined) offsetMs = Math.round(row.now - (before + own()) / 2);
  }

  const now = (): number => own() + offsetMs;
  await adjust();
  return {
    now,
    moment() {
      const at = now();
      lastPlace = Math.max(at * 1000, lastPlace + 1);
      return { now: at, place: lastPlace };
    },
    adjust,
  };
}
