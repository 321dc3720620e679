import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Execution } from '../../database/index.ts';
import { checkAppend } from '../check-append.ts';
import { notFound } from '../following/follow.ts';
import { LogError } from '../log-store.ts';
import { ADD, BEGIN, GROW, WAIT_FOR_NO_DISK } from './statements.ts';
import type { StoredLog, Waiting } from './stored-log.ts';

export interface DatabaseLogsSettings {
  readonly database: Database;
  readonly limitBytes: number;
  /** What comes within that time after something was written is written together. */
  readonly gatherMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const CHUNK_BYTES = 64 * 1024;
// One batch: as much as a statement should hold up others for.
const BATCH_BYTES = 16 * CHUNK_BYTES;
const MAX_TRIES = 10; // each failed one means that another server has written to the log

/** What is known of logs, and who is told of it. */
interface KnownLogs {
  /** `hadBytes`: as many were in it for sure before this is asked. */
  readonly load: (log: StoredLog, hadBytes?: number) => Promise<void>;
  readonly tell: (log: StoredLog) => void;
}

/** Writes what waits at a log, one batch after the other; every guess about what is there is guarded by its statement. */
export class LogWriter {
  readonly #settings: DatabaseLogsSettings;
  readonly #known: KnownLogs;

  constructor(settings: DatabaseLogsSettings, known: KnownLogs) {
    this.#settings = settings;
    this.#known = known;
  }

  /** Writes what waits, and what comes meanwhile, in pieces as large as they come together. Never rejects. */
  async writeAll(log: StoredLog): Promise<void> {
    while (log.waiting.length > 0) {
      const restMs = log.writtenAt + this.#settings.gatherMs - performance.now();
      if (restMs > 0 && bytesOf(log.waiting) < CHUNK_BYTES) await sleep(restMs);
      log.writtenAt = performance.now();
      const some = takeSome(log.waiting);
      try {
        await this.#write(log, some);
      } catch (error) {
        log.isKnown = false; // it may have happened or not
        for (const { reject } of some) reject(error);
      }
    }
    log.writing = undefined;
  }

  async #write(log: StoredLog, some: readonly Waiting[]): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (!log.isKnown) await this.#known.load(log);
      if (log.watched.isRemoved) throw notFound(log.name);
      const { results, bytes } = this.#decide(log, some);
      if (log.id === undefined && results.some((result) => result !== undefined && 'sizeBytes' in result)) {
        const { database, now } = this.#settings;
        await database.query(BEGIN, [log.name, now()]);
        await this.#known.load(log);
        continue;
      }
      const hadBytes = log.watched.sizeBytes;
      if (bytes.length > 0 && !(await this.#grow(log, bytes))) {
        await this.#known.load(log, hadBytes);
        continue;
      }
      for (const [i, result] of results.entries()) {
        if ('error' in result) some[i]?.reject(result.error);
        else some[i]?.resolve(result);
      }
      return;
    }
    throw new LogError('UNAVAILABLE', `Others write to the log ${log.name} all the time`);
  }

  /** What becomes of each piece, and what is to be written, if the log is as it is known. */
  #decide({ name, watched }: StoredLog, some: readonly Waiting[]) {
    const { limitBytes } = this.#settings;
    const { hasEnded, exists } = watched;
    let { sizeBytes } = watched;
    const fresh: Uint8Array[] = [];
    const results: ({ readonly sizeBytes: number } | { readonly error: unknown })[] = some.map(
      ({ offset, bytes }) => {
        try {
          const log = { sizeBytes, hasEnded, exists };
          const more = checkAppend({ name, offset, bytes, log, limitBytes });
          if (more !== undefined) fresh.push(more);
          sizeBytes += more?.length ?? 0;
          return { sizeBytes };
        } catch (error) {
          return { error };
        }
      },
    );
    return { results, bytes: Buffer.concat(fresh) };
  }

  /** False: it is not as long any more as it was known to be, or has ended. */
  async #grow(log: StoredLog, bytes: Buffer): Promise<boolean> {
    const { database, now } = this.#settings;
    const id = log.id ?? Number.NaN;
    const start = log.watched.sizeBytes;
    const executions: Execution[] = [
      { statement: WAIT_FOR_NO_DISK, values: [] },
      { statement: GROW, values: [id, start, start + bytes.length, now()], rows: 1 },
    ];
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      executions.push({ statement: ADD, values: [id, start + at, bytes.subarray(at, at + CHUNK_BYTES)] });
    }
    if ((await database.batch(executions)) === undefined) return false;
    log.watched.appended(start, bytes);
    this.#known.tell(log);
    return true;
  }
}

const bytesOf = (waiting: readonly Waiting[]): number =>
  waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);

/** The first pieces, as many as one batch takes. */
function takeSome(waiting: Waiting[]): Waiting[] {
  let [count, size] = [0, 0];
  for (const { bytes } of waiting) {
    if (count > 0 && size + bytes.length > BATCH_BYTES) break;
    count += 1;
    size += bytes.length;
  }
  return waiting.splice(0, count);
}
