import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatBytes } from '../../kernel/index.ts';

export interface GrowingFileOptions {
  /** Without its endings: `.log` is the file, `.ended` says that no more comes. The folder above is made where it is missing. */
  readonly path: () => Promise<string>;
  readonly limitBytes: number;
  /** Told once why nothing more is written. */
  readonly onTrouble: (error: unknown) => void;
}

// Who follows the log sees it at once, and a step that prints line by line costs no system call for each.
const PACE_MS = 25;
const LARGE_BYTES = 1024 * 1024;
/** What waits for a disk that is slow. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_PIECES = 512; // of one write; systems take 1,024

/**
 * A log of this process as a file, in the form of a log store's folder. Nobody waits for the disk: what it does not take in
 * time is left out, and the log says so. Calls do not throw.
 */
export class GrowingFile {
  readonly #options: GrowingFileOptions;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #sizeBytes = 0;
  #leftOutBytes = 0;
  #isFull = false;
  #isEnding = false;
  #isBroken = false;
  #file: Promise<FileHandle> | undefined;
  #path: Promise<string> | undefined;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(options: GrowingFileOptions) {
    this.#options = options;
  }

  /** What it has once all that waits is written. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The bytes are not copied: nobody writes into them any more. */
  write(bytes: Uint8Array): void {
    if (this.#isFull || this.#isBroken || this.#isEnding || bytes.length === 0) return;
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#leftOutBytes += bytes.length;
      return;
    }
    this.#sayWhatIsLeftOut();
    this.#add(bytes.subarray(0, this.#options.limitBytes - this.#sizeBytes));
    if (this.#sizeBytes >= this.#options.limitBytes) {
      this.#isFull = true;
      const most = formatBytes(this.#options.limitBytes);
      this.#add(Buffer.from(`\n[The log is cut here: no more than ${most} of it is kept.]\n`));
    }
    this.#soon();
  }

  /** Begins the file, so that who looks for it finds it. */
  begin(): void {
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all of it is written, and its end. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isEnding = true;
    await this.#writing;
    this.#sayWhatIsLeftOut();
    await this.#writeAll();
    await this.#tried(async () => {
      await (await this.#opened()).close();
      await writeFile(`${await this.#path}.ended`, '', { mode: 0o600 });
    });
  }

  #add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#sizeBytes += bytes.length;
  }

  #sayWhatIsLeftOut(): void {
    if (this.#leftOutBytes === 0 || this.#isFull) return;
    const most = formatBytes(this.#leftOutBytes);
    this.#leftOutBytes = 0;
    this.#add(Buffer.from(`\n[${most} are left out here: the disk did not take them in time.]\n`));
  }

  #soon(): void {
    if (this.#isEnding || this.#writing !== undefined || this.#timer !== undefined) return;
    const restMs = this.#writtenAt + PACE_MS - performance.now();
    if (restMs <= 0 || this.#waitingBytes >= LARGE_BYTES) this.#writing = this.#writeAll();
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#writing ??= this.#writeAll();
      }, restMs);
  }

  async #writeAll(): Promise<void> {
    await this.#tried(async () => {
      const file = await this.#opened();
      while (this.#waiting.length > 0) {
        const some = this.#waiting.splice(0, MAX_PIECES);
        const sizeBytes = some.reduce((sum, { length }) => sum + length, 0);
        await writeWhole(file, some, sizeBytes);
        this.#waitingBytes -= sizeBytes;
      }
    });
    this.#writtenAt = performance.now();
    this.#writing = undefined;
    if (this.#waiting.length > 0 && !this.#isBroken) this.#soon();
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    if (this.#isBroken) return;
    try {
      await work();
    } catch (error) {
      this.#isBroken = true;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#options.onTrouble(error);
      await this.#file?.then((file) => file.close()).catch(() => {}); // what it is about was told
    }
  }

  async #opened(): Promise<FileHandle> {
    this.#path ??= this.#options.path();
    const path = await this.#path;
    this.#file ??= mkdir(dirname(path), { recursive: true, mode: 0o700 }).then(() =>
      open(`${path}.log`, 'w', 0o600),
    );
    return await this.#file;
  }
}

async function writeWhole(file: FileHandle, pieces: readonly Uint8Array[], sizeBytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten === sizeBytes) return;
  const rest = Buffer.concat(pieces).subarray(bytesWritten);
  for (let at = 0; at < rest.length; ) at += (await file.write(rest, at)).bytesWritten;
}
