import { LogError, type LogReadOptions } from '../log-store.ts';
import type { WatchedLog } from './watched-log.ts';

/** Reads some of the bytes between two places that are there: at least the first one. They are shared, and not changed. */
export type ReadSome = (start: number, end: number, signal: AbortSignal) => Promise<Uint8Array>;

/** The chunks of a log, as `LogStore.read` has them. What is known of the log is true by now. */
export async function* follow(
  log: WatchedLog,
  readSome: ReadSome,
  { start = 0, follow: follows, awaited = false, signal }: LogReadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  using _ = log.followed();
  const endsAt = follows ? Number.POSITIVE_INFINITY : log.sizeBytes;
  let position = start;
  for (;;) {
    signal.throwIfAborted();
    const end = Math.min(endsAt, log.sizeBytes);
    if (log.exists && position >= end && (!follows || log.hasEnded)) return;
    if (log.isRemoved || (!log.exists && !(follows && awaited))) throw notFound(log.name);
    if (position >= end) {
      await log.change(signal);
      continue;
    }
    const chunk = log.inMemory(position, end) ?? (await readSome(position, end, signal));
    position += chunk.length;
    yield chunk;
  }
}

export const notFound = (name: string): LogError => new LogError('NOT_FOUND', `There is no log ${name}`);
