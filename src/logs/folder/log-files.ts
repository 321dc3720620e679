import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ByteGate, errorCode } from '../../kernel/index.ts';

const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
const TRIES = 5; // folders that became empty are removed beside us

/** Files that are opened when they are needed, and stay open as long as few enough are. */
export class LogFiles implements AsyncDisposable {
  readonly #maxOpen: number;
  readonly #onClosed: (path: string) => void;
  readonly #gate: ByteGate;
  // A Map keeps the order in which keys came: the first one was used longest ago.
  readonly #open = new Map<string, OpenFile>();

  /** `onClosed` is told of each that was closed to make room for others. */
  constructor(maxOpen: number, onClosed: (path: string) => void) {
    this.#maxOpen = maxOpen;
    this.#onClosed = onClosed;
    this.#gate = new ByteGate(maxOpen);
  }

  /** Works with a file, which is made where it is missing if `isMade`. Throws what the system says. */
  async use<T>(path: string, isMade: boolean, work: (file: FileHandle) => Promise<T>): Promise<T> {
    using _ = await this.#gate.hold(1);
    const entry = this.#open.get(path) ?? { file: openFile(path, isMade), uses: 0 };
    this.#open.delete(path);
    this.#open.set(path, entry);
    entry.uses += 1;
    try {
      return await work(await entry.file);
    } catch (cause) {
      if (this.#open.get(path) === entry && (await isFailed(entry))) this.#open.delete(path);
      throw cause;
    } finally {
      entry.uses -= 1;
      await this.#makeRoom();
    }
  }

  isOpen(path: string): boolean {
    return this.#open.has(path);
  }

  /** Closes a file when what goes on with it has ended. */
  async close(path: string): Promise<void> {
    const entry = this.#open.get(path);
    this.#open.delete(path);
    await entry?.file.then((file) => file.close()).catch(() => undefined); // it was never open
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.keys()].map((path) => this.close(path)));
  }

  async #makeRoom(): Promise<void> {
    for (const [path, { uses }] of this.#open) {
      if (this.#open.size <= this.#maxOpen) return;
      if (uses > 0) continue;
      await this.close(path);
      this.#onClosed(path);
    }
  }
}

interface OpenFile {
  readonly file: Promise<FileHandle>;
  uses: number;
}

const isFailed = ({ file }: OpenFile): Promise<boolean> =>
  file.then(
    () => false,
    () => true,
  );

async function openFile(path: string, isMade: boolean): Promise<FileHandle> {
  const flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
  if (!isMade) return await open(path, flags);
  for (let tries = 1; ; tries += 1) {
    try {
      return await open(path, flags | O_CREAT, 0o600);
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT' || tries === TRIES) throw cause;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    }
  }
}
