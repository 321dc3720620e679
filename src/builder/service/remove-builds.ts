import type { Clock } from '../../database/index.ts';
import type { Duty } from '../../kernel/index.ts';
import type { BuildRecords } from '../records/build-records.ts';
import { briefly } from './briefly.ts';
import type { BuilderSettings } from './builder-options.ts';
import { logNameOf } from './names.ts';

const AT_ONCE = 200;
const PAUSE_MS = 10 * 60_000;

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

/** The same once, as soon as it goes well; a backend that says nothing holds up neither the rest nor the end of the server. */
export function removeLeftoversOnce(parts: RemovalParts): Duty {
  let isDone = false;
  return async () => {
    if (isDone) return undefined;
    isDone = true;
    const again = (error: unknown): void => {
      isDone = false;
      parts.settings.onError(error);
    };
    await briefly(removeLeftovers(parts).catch(again), parts.settings.graceMs);
    return undefined;
  };
}

/** Removes a user's builds that ended before a moment; returns how many. */
export async function cleanUpUser(parts: RemovalParts, user: string, before: number): Promise<number> {
  const removed = await removeAll(parts, (limit) => parts.records.endedBefore(before, limit, user));
  await briefly(removeLeftovers(parts).catch(parts.settings.onError), parts.settings.graceMs);
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
