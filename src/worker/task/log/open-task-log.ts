import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRedactor, formatBytes } from '../../../kernel/index.ts';
import type { TaskLog } from '../task-log.ts';
import { LogFile } from './log-file.ts';

export interface TaskLogOptions {
  /** Of the run; the log is in a file of its own below it. */
  readonly folder: string;
  /** Of what the task prints; the worker's own lines come on top. */
  readonly maxBytes: number;
  readonly now: () => number;
}

/** Opens the log of a run that has none yet. End it, however the run ends. */
export async function openTaskLog(options: TaskLogOptions): Promise<TaskLog> {
  await mkdir(options.folder, { recursive: true });
  return new FileTaskLog(await LogFile.create(join(options.folder, 'task.log')), options);
}

const LF = 0x0a;
/** Who reads a live log sees a line within 50 milliseconds. */
const REST_MS = 20;

/** As in `2026-11-21 19:28:00.123Z`. */
const moment = (now: number): string => new Date(now).toISOString().replace('T', ' ');

class FileTaskLog implements TaskLog {
  readonly #file: LogFile;
  readonly #options: TaskLogOptions;
  readonly #redactor = createRedactor();
  readonly #output = this.#redactor.stream();
  #outputBytes = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor(file: LogFile, options: TaskLogOptions) {
    this.#file = file;
    this.#options = options;
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  line(text: string): void {
    this.text(`[taskcluster ${moment(this.#options.now())}] ${text}\n`);
  }

  error(text: string): void {
    this.text(`\n[taskcluster:error] ${text}\n`);
  }

  text(text: string): void {
    // What may have been the beginning of a secret is none any more: something else comes after it.
    this.#file.append(this.#output.flush());
    this.#file.append(Buffer.from(this.#redactor.text(text)));
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { maxBytes } = this.#options;
    const left = maxBytes - this.#outputBytes;
    this.#outputBytes += bytes.length;
    // A copy, where it is not ours alone: the redactor gives back the same memory.
    if (left > 0) this.#file.append(this.#output.write(Buffer.from(bytes.subarray(0, left))));
    this.#showWhenAtRest(bytes.at(-1) === LF);
    if (left >= 0 && bytes.length > left) {
      this.error(
        `The log is longer than ${formatBytes(maxBytes)}: the rest of what the task prints is left out.`,
      );
    }
    await this.#file.room();
  }

  /**
   * The redactor holds back what may be the beginning of a secret, over line ends too, and many a last letter of a line is
   * one. A line after which nothing comes for a moment is shown whole; what stops in a line may be the middle of a secret.
   */
  #showWhenAtRest(isLineEnd: boolean): void {
    clearTimeout(this.#rest);
    if (isLineEnd) this.#rest = setTimeout(() => this.#file.append(this.#output.flush()), REST_MS);
  }

  addSecrets(secrets: readonly string[]): void {
    for (const secret of secrets) this.#redactor.add(secret);
  }

  read(options: Parameters<TaskLog['read']>[0]): AsyncIterable<Uint8Array> {
    return this.#file.read(options);
  }

  async end(): Promise<void> {
    clearTimeout(this.#rest);
    this.#file.append(this.#output.flush());
    await this.#file.end();
  }
}
