import { type FSWatcher, watch } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ByteLru, unless } from '../../kernel/index.ts';
import { follow } from '../following/follow.ts';
import { WatchedLog } from '../following/watched-log.ts';
import { checkLogName } from '../log-name.ts';
import type { LogReader, LogSize } from '../log-store.ts';
import { logFailure } from './log-failure.ts';
import { type LogPaths, pathsOf } from './paths.ts';

export interface ReadFolderLogsOptions {
  /** A folder of logs that other processes write. */
  readonly folder: string;
  /**
   * Whether the writer of a log that has not ended is known to be gone: nothing more comes then. Asked when somebody begins to read,
   * and as often as `lookMs` says. @defaultValue never
   */
  readonly isOver?: (name: string) => Promise<boolean>;
  /** How often those that are followed are looked at, where nothing is heard of them. @defaultValue 1 second */
  readonly lookMs?: number;
}

const BLOCK_BYTES = 256 * 1024;
// Followers that read the same piece at about the same time read it once.
const SHARED_BYTES = 8 * 1024 * 1024;
const LOOK_MS = 1000;

/** A log that somebody here reads. */
interface ReadLog {
  readonly id: number;
  readonly watched: WatchedLog;
  readonly paths: LogPaths;
  followers: number;
  uses: number;
  watcher: FSWatcher | undefined;
  timer: NodeJS.Timeout | undefined;
  looking: Promise<void> | undefined;
  /** Something was heard while it was looked at. */
  isStale: boolean;
}

/**
 * Reads logs that other processes write into a folder, in the form of a log store's, and follows them as they grow. All that
 * follow one share what is heard and read of it.
 */
export class ReadFolderLogs implements LogReader {
  readonly #root: string;
  readonly #isOver: (name: string) => Promise<boolean>;
  readonly #lookMs: number;
  readonly #logs = new Map<string, ReadLog>();
  readonly #shared = new ByteLru<Uint8Array>(SHARED_BYTES);
  #lastId = 0;

  constructor({ folder, isOver = async () => false, lookMs = LOOK_MS }: ReadFolderLogsOptions) {
    this.#root = resolve(folder);
    this.#isOver = isOver;
    this.#lookMs = lookMs;
  }

  async size(name: string): Promise<LogSize | undefined> {
    checkLogName(name);
    return await this.#look(name, pathsOf(this.#root, name), true);
  }

  async *read(
    name: string,
    options: Parameters<LogReader['read']>[1],
  ): AsyncGenerator<Uint8Array, void, undefined> {
    checkLogName(name);
    options.signal.throwIfAborted();
    const log = this.#hold(name);
    if (options.follow) this.#listen(log);
    try {
      await this.#update(log, true);
      yield* follow(log.watched, (start, end) => this.#readSome(log, start, end), options);
    } finally {
      this.#release(log, options.follow);
    }
  }

  async #look(name: string, paths: LogPaths, asksWriter: boolean): Promise<LogSize | undefined> {
    try {
      const end = await unless(['ENOENT', 'ENOTDIR'], stat(paths.ended));
      const isOver = end !== undefined || (asksWriter && (await this.#isOver(name)));
      // Last: what was written before the end is all seen.
      const file = await unless(['ENOENT', 'ENOTDIR'], stat(paths.log));
      return file === undefined ? undefined : { sizeBytes: file.size, hasEnded: isOver };
    } catch (cause) {
      throw logFailure(`look at the log ${name} in ${this.#root}`, cause);
    }
  }

  #hold(name: string): ReadLog {
    const known = this.#logs.get(name);
    const log: ReadLog = known ?? {
      id: ++this.#lastId,
      watched: new WatchedLog(name),
      paths: pathsOf(this.#root, name),
      followers: 0,
      uses: 0,
      watcher: undefined,
      timer: undefined,
      looking: undefined,
      isStale: false,
    };
    log.uses += 1;
    this.#logs.set(name, log);
    return log;
  }

  #release(log: ReadLog, isFollower: boolean): void {
    log.uses -= 1;
    if (isFollower) log.followers -= 1;
    if (log.followers === 0) {
      log.watcher?.close();
      log.watcher = undefined;
      clearInterval(log.timer);
      log.timer = undefined;
    }
    if (log.uses === 0 && this.#logs.get(log.watched.name) === log) this.#logs.delete(log.watched.name);
  }

  #listen(log: ReadLog): void {
    log.followers += 1;
    // It keeps a program alive that does nothing but follow.
    log.timer ??= setInterval(() => {
      this.#watch(log);
      this.#update(log, true).catch(() => {}); // a disk that fails tells those who read
    }, this.#lookMs);
    this.#watch(log);
  }

  #watch(log: ReadLog): void {
    if (log.watcher !== undefined) return;
    try {
      log.watcher = watch(dirname(log.paths.log), { persistent: false }, () => {
        this.#update(log, false).catch(() => {});
      });
      log.watcher.on('error', () => {
        log.watcher?.close();
        log.watcher = undefined;
      });
    } catch {
      // The folder is not there yet, or the system watches as much as it can: it is looked at from time to time.
    }
  }

  /** What is known of a log is true when it resolves; those who ask meanwhile are answered together. */
  async #update(log: ReadLog, asksWriter: boolean): Promise<void> {
    if (log.looking !== undefined) {
      log.isStale = true;
      return await log.looking;
    }
    log.looking = this.#lookUntilFresh(log, asksWriter).finally(() => {
      log.looking = undefined;
    });
    await log.looking;
  }

  async #lookUntilFresh(log: ReadLog, asksWriter: boolean): Promise<void> {
    const { watched } = log;
    do {
      log.isStale = false;
      const found = await this.#look(watched.name, log.paths, asksWriter);
      const isAnother = watched.exists && (found === undefined || found.sizeBytes < watched.sizeBytes);
      if (isAnother) {
        watched.removed();
        if (this.#logs.get(watched.name) === log) this.#logs.delete(watched.name);
      } else if (found !== undefined) watched.grown(found);
    } while (log.isStale);
  }

  async #readSome(log: ReadLog, start: number, end: number): Promise<Uint8Array> {
    const block = start - (start % BLOCK_BYTES);
    const length = Math.min(BLOCK_BYTES, end - block);
    try {
      const bytes = await this.#shared.get(`${log.id}/${block}/${length}`, () =>
        readBlock(log, block, length),
      );
      return bytes.subarray(start - block);
    } catch (cause) {
      throw logFailure(`read the log ${log.watched.name} in ${this.#root}`, cause);
    }
  }
}

async function readBlock({ paths }: ReadLog, block: number, length: number) {
  await using file = await open(paths.log, 'r');
  const memory = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(memory, at, length - at, block + at);
    if (bytesRead === 0) throw new Error(`it ends at byte ${block + at}: somebody made it shorter`);
    at += bytesRead;
  }
  return { value: memory, sizeBytes: length, isPassing: length < BLOCK_BYTES };
}
