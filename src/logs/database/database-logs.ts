import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, DatabaseError, type Execution } from '../../database/index.ts';
import { ByteLru } from '../../kernel/index.ts';
import { checkAppend } from '../check-append.ts';
import { follow, notFound } from '../following/follow.ts';
import { type ListedLog, LogError, type LogReadOptions, type LogSize } from '../log-store.ts';
import { decodeNews, encodeNews, LOG_CHANNEL } from './log-news.ts';
import {
  ADD,
  BEGIN,
  END,
  FIND,
  GROW,
  LIST,
  READ,
  REMOVE_CHUNKS,
  REMOVE_LOG,
  WAIT_FOR_NO_DISK,
} from './statements.ts';
import { StoredLog, type Waiting } from './stored-log.ts';

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
const READ_BYTES = 4 * CHUNK_BYTES;
// Followers that read the same piece at about the same time read it once.
const SHARED_BYTES = 8 * 1024 * 1024;
// Logs that nobody uses now are known for the next line.
const MAX_IDLE = 1000;
const MAX_TRIES = 10; // each failed one means that another server has written to the log
const PAGE = 500;

/** Logs in a database that servers share: what one of them writes, the readers of all others are told of. */
export class DatabaseLogs implements AsyncDisposable {
  readonly #settings: DatabaseLogsSettings;
  readonly #logs = new Map<string, StoredLog>();
  readonly #shared = new ByteLru<Uint8Array>(SHARED_BYTES);
  readonly #listening: Disposable;

  constructor(settings: DatabaseLogsSettings) {
    this.#settings = settings;
    this.#listening = settings.database.listen(LOG_CHANNEL, (news) => this.#hear(news));
  }

  async append(name: string, offset: number, bytes: Uint8Array): Promise<{ sizeBytes: number }> {
    return await this.#using(name, 'append to', async (log) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ sizeBytes: number }>();
      log.waiting.push({ offset, bytes, resolve, reject });
      log.writing ??= this.#writeAll(log);
      return await promise;
    });
  }

  async end(name: string): Promise<void> {
    await this.#using(name, 'end', async (log) => {
      await log.writing;
      const { database, now } = this.#settings;
      await database.batch([
        { statement: BEGIN, values: [name, now()] },
        { statement: END, values: [name, now()] },
      ]);
      await this.#load(log);
      this.#tell(log);
    });
  }

  async size(name: string): Promise<LogSize | undefined> {
    return await this.#using(name, 'look at', async (log) => {
      await this.#load(log);
      const { exists, isRemoved, sizeBytes, hasEnded } = log.watched;
      return exists && !isRemoved ? { sizeBytes, hasEnded } : undefined;
    });
  }

  async *read(name: string, options: LogReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    options.signal.throwIfAborted();
    let log = this.#hold(name);
    try {
      await this.#load(log);
      if (log.watched.isRemoved) {
        // Only what was known of the name was another log.
        this.#release(log);
        log = this.#hold(name);
        await this.#load(log);
      }
      const { watched } = log;
      const held = log;
      yield* follow(watched, (start, end, signal) => this.#readSome(held, start, end, signal), options);
    } catch (cause) {
      options.signal.throwIfAborted();
      throw this.#failure(`read the log ${name}`, cause);
    } finally {
      this.#release(log);
    }
  }

  async remove(name: string): Promise<void> {
    await this.#using(name, 'remove', async (log) => {
      await log.writing;
      await this.#load(log);
      const { id } = log;
      if (id === undefined) return;
      await this.#settings.database.batch([
        { statement: REMOVE_LOG, values: [id] },
        { statement: REMOVE_CHUNKS, values: [id] },
      ]);
      log.watched.removed();
      this.#forget(log);
      this.#tell(log);
    });
  }

  async *list(): AsyncGenerator<ListedLog, void, undefined> {
    let after = '';
    for (;;) {
      const rows = await this.#settings.database.query(LIST, [after, PAGE]).catch((cause: unknown) => {
        throw this.#failure('list the logs', cause);
      });
      for (const row of rows) {
        const name = String(row['name']);
        after = name;
        yield {
          name,
          sizeBytes: Number(row['size_bytes']),
          hasEnded: Boolean(row['has_ended']),
          modifiedAt: Number(row['modified']),
        };
      }
      if (rows.length < PAGE) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    await Promise.all([...this.#logs.values()].map(({ writing }) => writing));
  }

  /** Writes what waits, and what comes meanwhile, in pieces as large as they come together. Never rejects. */
  async #writeAll(log: StoredLog): Promise<void> {
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
      if (!log.isKnown) await this.#load(log);
      if (log.watched.isRemoved) throw notFound(log.name);
      const { results, bytes } = this.#decide(log, some);
      if (log.id === undefined && results.some((result) => result !== undefined && 'sizeBytes' in result)) {
        const { database, now } = this.#settings;
        await database.query(BEGIN, [log.name, now()]);
        await this.#load(log);
        continue;
      }
      const hadBytes = log.watched.sizeBytes;
      if (bytes.length > 0 && !(await this.#grow(log, bytes))) {
        await this.#load(log, hadBytes);
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
    this.#tell(log);
    return true;
  }

  #tell({ id, name, watched: { sizeBytes, hasEnded, isRemoved } }: StoredLog): void {
    if (id === undefined) return;
    this.#settings.database.notify(LOG_CHANNEL, encodeNews({ id, name, sizeBytes, hasEnded, isRemoved }));
  }

  #hear(text: string | undefined): void {
    if (text === undefined) {
      for (const log of this.#logs.values()) this.#lookAgain(log); // anything may have happened
      return;
    }
    const news = decodeNews(text);
    const log = news === undefined ? undefined : this.#logs.get(news.name);
    if (news === undefined || log === undefined) return;
    const isSame = log.isKnown && log.id === news.id && !news.isRemoved;
    if (isSame) log.watched.grown(news);
    else this.#lookAgain(log);
  }

  /** Who follows is woken by what is found; where nothing is found because the database is away, it tells when it is back. */
  #lookAgain(log: StoredLog): void {
    log.isKnown = false;
    if (log.uses > 0) this.#load(log).catch(() => undefined);
  }

  /** `hadBytes`: as many were in it for sure before this is asked. */
  async #load(log: StoredLog, hadBytes = 0): Promise<void> {
    const [row] = await this.#settings.database.query(FIND, [log.name]);
    if (!log.update(row, hadBytes)) this.#forget(log);
  }

  #hold(name: string): StoredLog {
    const log = this.#logs.get(name) ?? new StoredLog(name);
    this.#logs.delete(name);
    this.#logs.set(name, log); // the ones that were used longest ago come first
    log.uses += 1;
    return log;
  }

  #release(log: StoredLog): void {
    log.uses -= 1;
    if (this.#logs.size <= MAX_IDLE) return;
    for (const other of this.#logs.values()) {
      if (other.uses > 0) continue;
      this.#forget(other);
      return;
    }
  }

  #forget(log: StoredLog): void {
    if (this.#logs.get(log.name) === log) this.#logs.delete(log.name);
  }

  /** Works on a log; where it turns out that it was removed and another one has its name, works on that. */
  async #using<T>(name: string, what: string, work: (log: StoredLog) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const log = this.#hold(name);
      const wasRemoved = log.watched.isRemoved;
      try {
        return await work(log);
      } catch (cause) {
        const isStale = log.watched.isRemoved && !wasRemoved && tries < MAX_TRIES;
        if (!(isStale && cause instanceof LogError && cause.code === 'NOT_FOUND')) {
          throw this.#failure(`${what} the log ${name}`, cause);
        }
      } finally {
        this.#release(log);
      }
    }
  }

  async #readSome(log: StoredLog, start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const { id } = log;
    const bytes = await this.#shared.get(
      `${id}/${start}/${end}`,
      () => this.#readChunks(id, start, end),
      signal,
    );
    if (bytes.length > 0) return bytes;
    await this.#load(log);
    if (log.watched.isRemoved) throw notFound(log.name);
    throw new LogError(
      'UNAVAILABLE',
      `The log ${log.name} has no byte ${start}, of ${log.watched.sizeBytes}`,
    );
  }

  async #readChunks(id: number | undefined, start: number, end: number) {
    const to = Math.min(end, start + READ_BYTES);
    const rows = await this.#settings.database.query(READ, [id ?? Number.NaN, start, to]);
    const chunks = rows.map((row) => row['bytes'] as Uint8Array); // as the column is
    const from = start - Number(rows[0]?.['start'] ?? start);
    const value = Buffer.concat(chunks).subarray(from, from + end - start);
    return { value, sizeBytes: value.length, isPassing: value.length < READ_BYTES };
  }

  #failure(attempt: string, cause: unknown): unknown {
    if (!(cause instanceof DatabaseError)) return cause;
    const code = cause.code === 'NO_SPACE' ? 'NO_SPACE' : 'UNAVAILABLE';
    return new LogError(code, `cannot ${attempt} in ${this.#settings.database.name}: ${cause.message}`, {
      cause,
    });
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
