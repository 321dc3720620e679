import { stat, unlink, writeFile } from 'node:fs/promises';
import { ByteLru, unless } from '../../kernel/index.ts';
import { checkAppend } from '../check-append.ts';
import { follow, notFound } from '../following/follow.ts';
import { WatchedLog } from '../following/watched-log.ts';
import type { ListedLog, LogReadOptions, LogSize } from '../log-store.ts';
import { logFailure } from './log-failure.ts';
import { LogFiles } from './log-files.ts';
import { type LogPaths, namesIn, pathsOf, removeEmptyFolders } from './paths.ts';

export interface FolderLogsSettings {
  readonly root: string;
  readonly limitBytes: number;
  readonly maxOpenFiles: number;
}

const BLOCK_BYTES = 64 * 1024;
// Followers that read the same piece at about the same time read it once: enough for 64 pieces.
const SHARED_BYTES = 4 * 1024 * 1024;

/** A log that is in use by this process. */
interface OpenLog {
  /** Of no other log, also where one of the same name comes later. */
  readonly id: number;
  readonly watched: WatchedLog;
  readonly paths: LogPaths;
  /** Settles when what is known of it is true. */
  readonly loaded: Promise<void>;
  /** What is done to it is done in order. */
  last: Promise<unknown>;
  uses: number;
}

/** Logs as files, with all who use them in one process: they wake each other. */
export class FolderLogs implements AsyncDisposable {
  readonly #settings: FolderLogsSettings;
  readonly #files: LogFiles;
  /** By their files. */
  readonly #logs = new Map<string, OpenLog>();
  readonly #shared = new ByteLru<Uint8Array>(SHARED_BYTES);
  #lastId = 0;

  constructor(settings: FolderLogsSettings) {
    this.#settings = settings;
    this.#files = new LogFiles(settings.maxOpenFiles, (path) => this.#forgetIdle(path));
  }

  async append(name: string, offset: number, bytes: Uint8Array): Promise<{ sizeBytes: number }> {
    return await this.#change(name, 'append to', async (log) => {
      const { watched, paths } = log;
      const { limitBytes } = this.#settings;
      const fresh = checkAppend({ name, offset, bytes, log: watched, limitBytes });
      if (fresh === undefined) return { sizeBytes: watched.sizeBytes };
      const start = watched.sizeBytes;
      await this.#files.use(paths.log, true, async (file) => {
        for (let at = 0; at < fresh.length; ) {
          at += (await file.write(fresh, at, fresh.length - at, start + at)).bytesWritten;
        }
      });
      watched.appended(start, fresh);
      return { sizeBytes: watched.sizeBytes };
    });
  }

  async end(name: string): Promise<void> {
    await this.#change(name, 'end', async ({ watched, paths }) => {
      if (watched.hasEnded) return;
      if (!watched.exists) await this.#files.use(paths.log, true, async () => {});
      await writeFile(paths.ended, '', { mode: 0o600 });
      watched.grown({ sizeBytes: watched.sizeBytes, hasEnded: true });
    });
  }

  async size(name: string): Promise<LogSize | undefined> {
    return await this.#using(name, 'look at', async ({ watched }) => sizeOf(watched));
  }

  async *read(name: string, options: LogReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const log = this.#hold(name);
    try {
      options.signal.throwIfAborted();
      await log.loaded;
      yield* follow(log.watched, (start, end, signal) => this.#readSome(log, start, end, signal), options);
    } finally {
      this.#release(log);
    }
  }

  async remove(name: string): Promise<void> {
    await this.#change(name, 'remove', async (log) => {
      const { watched, paths } = log;
      watched.removed();
      if (this.#logs.get(paths.log) === log) this.#logs.delete(paths.log);
      await this.#files.close(paths.log);
      await unless(['ENOENT'], unlink(paths.ended)); // first: what is left of a kill is a log that has not ended
      await unless(['ENOENT'], unlink(paths.log));
      await removeEmptyFolders(this.#settings.root, paths.log);
    });
  }

  async *list(): AsyncGenerator<ListedLog, void, undefined> {
    try {
      for await (const name of namesIn(this.#settings.root)) {
        const listed = await this.#look(name);
        if (listed !== undefined) yield listed;
      }
    } catch (cause) {
      throw logFailure(`list the logs of ${this.#settings.root}`, cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#logs.values()].map(({ last }) => last));
    await this.#files[Symbol.asyncDispose]();
  }

  async #look(name: string): Promise<ListedLog | undefined> {
    const paths = pathsOf(this.#settings.root, name);
    const [log, ended] = await Promise.all([statOf(paths.log), statOf(paths.ended)]);
    if (log === undefined) return undefined;
    const modifiedAt = Math.max(log.mtimeMs, ended?.mtimeMs ?? 0);
    return { name, sizeBytes: log.size, hasEnded: ended !== undefined, modifiedAt };
  }

  /** Does something to a log when all that was to be done before is done. A log that was removed meanwhile begins anew. */
  async #change<T>(name: string, what: string, work: (log: OpenLog) => Promise<T>): Promise<T> {
    for (;;) {
      const done = await this.#using(name, what, (log) => {
        const next = log.last.then(async () =>
          log.watched.isRemoved ? undefined : { value: await work(log) },
        );
        log.last = next.catch(() => {});
        return next;
      });
      if (done !== undefined) return done.value;
    }
  }

  async #using<T>(name: string, what: string, work: (log: OpenLog) => Promise<T>): Promise<T> {
    const log = this.#hold(name);
    try {
      await log.loaded;
      return await work(log);
    } catch (cause) {
      throw logFailure(`${what} the log ${name} in ${this.#settings.root}`, cause);
    } finally {
      this.#release(log);
    }
  }

  /** The log, which is known to this process until it is released as often as it was held. */
  #hold(name: string): OpenLog {
    const paths = pathsOf(this.#settings.root, name);
    const known = this.#logs.get(paths.log);
    if (known !== undefined) {
      known.uses += 1;
      return known;
    }
    this.#lastId += 1;
    const watched = new WatchedLog(name);
    const log: OpenLog = {
      id: this.#lastId,
      watched,
      paths,
      loaded: this.#load(watched),
      last: Promise.resolve(),
      uses: 1,
    };
    log.loaded.catch(() => {}); // told to those who wait for it
    this.#logs.set(paths.log, log);
    return log;
  }

  async #load(watched: WatchedLog): Promise<void> {
    try {
      const found = await this.#look(watched.name);
      if (found !== undefined) watched.grown(found);
    } catch (cause) {
      throw logFailure(`look at the log ${watched.name} in ${this.#settings.root}`, cause);
    }
  }

  #release(log: OpenLog): void {
    log.uses -= 1;
    // One that is written to is known for as long as its file stays open: the next line asks nothing of the disk.
    if (log.uses > 0 || (this.#files.isOpen(log.paths.log) && !log.watched.hasEnded)) return;
    if (this.#logs.get(log.paths.log) !== log) return;
    this.#logs.delete(log.paths.log);
    void this.#files.close(log.paths.log);
  }

  #forgetIdle(path: string): void {
    if (this.#logs.get(path)?.uses === 0) this.#logs.delete(path);
  }

  async #readSome(log: OpenLog, start: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    const block = start - (start % BLOCK_BYTES);
    const length = Math.min(BLOCK_BYTES, end - block);
    const key = `${log.id}/${block}/${length}`;
    try {
      const bytes = await this.#shared.get(key, () => this.#readBlock(log, block, length), signal);
      if (log.watched.isRemoved) throw notFound(log.watched.name);
      return bytes.subarray(start - block);
    } catch (cause) {
      signal.throwIfAborted();
      if (log.watched.isRemoved) throw notFound(log.watched.name);
      throw logFailure(`read the log ${log.watched.name} in ${this.#settings.root}`, cause);
    }
  }

  async #readBlock({ paths }: OpenLog, block: number, length: number) {
    const memory = Buffer.allocUnsafeSlow(length);
    await this.#files.use(paths.log, false, async (file) => {
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(memory, at, length - at, block + at);
        if (bytesRead === 0) throw new Error(`it ends at byte ${block + at}: somebody made it shorter`);
        at += bytesRead;
      }
    });
    // What is not full yet is another piece a moment later.
    return { value: memory, sizeBytes: length, isPassing: length < BLOCK_BYTES };
  }
}

const statOf = (path: string) => unless(['ENOENT', 'ENOTDIR'], stat(path));

const sizeOf = ({ exists, sizeBytes, hasEnded, isRemoved }: WatchedLog): LogSize | undefined =>
  exists && !isRemoved ? { sizeBytes, hasEnded } : undefined;
