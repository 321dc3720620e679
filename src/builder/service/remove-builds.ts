import type { Clock } from '../../database/index.ts';
import type { Duty } from '../../kernel/index.ts';
import type { BuildRecords } from '../records/build-records.ts';
import { briefly } from './briefly.ts';
import type { BuilderSettings } from './builder-options.ts';
import { logNameOf } from './names.ts';

const AT_ONCE = 200;
const PAUSE_MS = 10 * 60_000;
/** What a killed server left a moment before this one began is too young then, for a minute. */
const FIRST_PAUSE_MS = 70_000;

interface RemovalParts {
  readonly settings: BuilderSettings;
  readonly records: BuildRecords;
  readonly clock: Clock;
}

/** Removes what is found, part by part: first the logs, then the records, so that no log is left that nobody knows of. */
async function removeAll(
  { settings, records }: RemovalParts,
  find: (limit: number) => Promise<readonly string[]>,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  while (!signal?.aborted) {
    const ids = await find(AT_ONCE);
    await Promise.all(ids.map((id) => settings.logs.remove(logNameOf(id))));
    if (ids.length > 0) await records.remove(ids);
    removed += ids.length;
    if (ids.length < AT_ONCE) break;
  }
  return removed;
}

/** What a backend still has of builds that do not go on. */
async function removeLeftovers({ settings, records }: RemovalParts): Promise<void> {
  await settings.backend.removeLeftovers(await records.goingOn());
}

/** The same, where nobody waits for it long: a backend that says nothing holds up neither the rest nor the end of the server. */
export async function tryRemoveLeftovers(parts: RemovalParts): Promise<void> {
  const { onError, graceMs } = parts.settings;
  await briefly(removeLeftovers(parts).catch(onError), graceMs);
}

/** Has the backend remove what is left over, at the start, soon after it, and now and then. */
export function sweepLeftovers(parts: RemovalParts): Duty {
  let nextAt = 0;
  let pauseMs = FIRST_PAUSE_MS;
  return async () => {
    const now = parts.clock.now();
    if (now < nextAt) return nextAt;
    nextAt = now + pauseMs;
    pauseMs = PAUSE_MS;
    await tryRemoveLeftovers(parts);
    return nextAt;
  };
}

/** Removes a user's builds that ended before a moment; returns how many. */
export async function cleanUpUser(parts: RemovalParts, user: string, before: number): Promise<number> {
  const removed = await removeAll(parts, (limit) => parts.records.endedBefore(before, limit, user));
  await tryRemoveLeftovers(parts);
  return removed;
}

/** Removes builds that ended long ago, and those beyond what is remembered of a user. */
export function retainBuilds(parts: RemovalParts): Duty {
  const { settings, records, clock } = parts;
  let nextAt = 0;
  return async (signal) => {
    if (clock.now() < nextAt) return nextAt;
    nextAt = clock.now() + PAUSE_MS;
    await removeAll(parts, (limit) => records.endedBefore(clock.now() - settings.keepMs, limit), signal);
    await removeAll(parts, (limit) => records.endedBeyond(settings.keepPerUser, limit), signal);
    return nextAt;
  };
}
