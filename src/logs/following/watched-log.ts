import type { LogSize } from '../log-store.ts';
import { Tail } from './tail.ts';

// Four chunks of 64 KiB: as far as a follower may fall behind before it reads for itself again.
const TAIL_BYTES = 256 * 1024;

/** What this process knows of one log, and who waits for more of it. Sizes only grow. */
export class WatchedLog {
  readonly name: string;
  #sizeBytes = 0;
  #exists = false;
  #hasEnded = false;
  #isRemoved = false;
  #followers = 0;
  readonly #tail = new Tail(TAIL_BYTES);
  readonly #waiting = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get exists(): boolean {
    return this.#exists;
  }
  get hasEnded(): boolean {
    return this.#hasEnded;
  }
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** So much is there, or more. */
  grown({ sizeBytes, hasEnded }: LogSize): void {
    const isNews = !this.#exists || sizeBytes > this.#sizeBytes || (hasEnded && !this.#hasEnded);
    this.#exists = true;
    this.#sizeBytes = Math.max(this.#sizeBytes, sizeBytes);
    this.#hasEnded ||= hasEnded;
    if (isNews) this.#wake();
  }

  /** These bytes are there. */
  appended(start: number, bytes: Uint8Array): void {
    if (this.#followers > 0) this.#tail.add(start, bytes);
    this.grown({ sizeBytes: start + bytes.length, hasEnded: false });
  }

  removed(): void {
    this.#isRemoved = true;
    this.#tail.clear();
    this.#wake();
  }

  /** Newest bytes that are in memory. */
  inMemory(start: number, end: number): Uint8Array | undefined {
    return this.#tail.slice(start, end);
  }

  /** Counts a follower until it is disposed. The newest bytes are kept in memory only for followers. */
  followed(): Disposable {
    this.#followers += 1;
    return {
      [Symbol.dispose]: () => {
        this.#followers -= 1;
        if (this.#followers === 0) this.#tail.clear();
      },
    };
  }

  /** Resolves at the next change. Throws `signal.reason`. */
  async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(signal.reason);
    this.#waiting.add(resolve);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', leave);
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
