import { DatabaseError } from '../../database/index.ts';
import { ByteLru } from '../../kernel/index.ts';
import { follow, notFound } from '../following/follow.ts';
import { type ListedLog, LogError, type LogReadOptions, type LogSize } from '../log-store.ts';
import { decodeNews, encodeNews, LOG_CHANNEL } from './log-news.ts';
import { type DatabaseLogsSettings, LogWriter } from './log-writer.ts';
import { BEGIN, END, FIND, LIST, READ, REMOVE_CHUNKS, REMOVE_LOG } from './statements.ts';
import { StoredLog } from './stored-log.ts';

const READ_BYTES = 256 * 1024;
// Followers that read the same piece at about the same time read it once.
const SHARED_BYTES = 8 * 1024 * 1024;
// Logs that nobody uses now are known for the next line.
const MAX_IDLE = 1000;
const MAX_TRIES = 10; // each failed one means that the log was removed, and there is another of its name
const PAGE = 500;

/** Logs in a database that servers share: what one of them writes, the readers of all others are told of. */
export class DatabaseLogs implements AsyncDisposable {
  readonly #settings: DatabaseLogsSettings;
  readonly #logs = new Map<string, StoredLog>();
  readonly #shared = new ByteLru<Uint8Array>(SHARED_BYTES);
  readonly #listening: Disposable;
  readonly #writer: LogWriter;

  constructor(settings: DatabaseLogsSettings) {
    this.#settings = settings;
    this.#writer = new LogWriter(settings, {
      load: (log, hadBytes) => this.#load(log, hadBytes),
      tell: (log) => this.#tell(log),
    });
    this.#listening = settings.database.listen(LOG_CHANNEL, (news) => this.#hear(news));
  }

  async append(name: string, offset: number, bytes: Uint8Array): Promise<{ sizeBytes: number }> {
    return await this.#using(name, 'append to', async (log) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ sizeBytes: number }>();
      log.waiting.push({ offset, bytes, resolve, reject });
      log.writing ??= this.#writer.writeAll(log);
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
      await this.#loadSame(log);
      const { exists, sizeBytes, hasEnded } = log.watched;
      return exists ? { sizeBytes, hasEnded } : undefined;
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
      await this.#loadSame(log);
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
    const knownId = log.id;
    const [row] = await this.#settings.database.query(FIND, [log.name]);
    if (!log.update(row, { hadBytes, knownId })) this.#forget(log);
  }

  /** As `#load`, for `#using`: throws where another log has the name by now. */
  async #loadSame(log: StoredLog): Promise<void> {
    await this.#load(log);
    if (log.watched.isRemoved) throw notFound(log.name);
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
