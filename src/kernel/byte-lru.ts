/** A value that is worth keeping, and about how much memory it takes. */
export interface Weighed<Value> {
  readonly value: Value;
  readonly sizeBytes: number;
  /** It is given to those who asked for it, and not kept. @defaultValue false */
  readonly isPassing?: boolean;
}

type Make<Value> = (signal: AbortSignal) => Promise<Weighed<Value>>;

interface Making<Value> {
  readonly promise: Promise<Value>;
  readonly abort: AbortController;
  waiting: number;
  isSettled: boolean;
}

/**
 * Values by key, bounded by the memory that they take: what was used longest ago goes first. What is being made is made
 * once for all who ask for it, and is given up when the last of them leaves. What is too large to be kept is in memory once
 * all the same, however many use it at a time. Failures are not kept, and not shared.
 */
export class ByteLru<Value> {
  readonly #maxBytes: number;
  // A Map keeps the order in which keys came: the first one was used longest ago.
  readonly #kept = new Map<string, Weighed<Value>>();
  readonly #making = new Map<string, Making<Value>>();
  // What was too large to be kept, or is not kept any more, by key, while somebody uses it.
  readonly #used = new Map<string, WeakRef<Value & object>>();
  readonly #unused = new FinalizationRegistry<string>((key) => {
    if (this.#used.get(key)?.deref() === undefined) this.#used.delete(key);
  });
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The value of a key, which `make` makes where there is none. Throws what it throws, and `signal.reason`. */
  async get(key: string, make: Make<Value>, signal?: AbortSignal): Promise<Value> {
    signal?.throwIfAborted();
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.value;
    }
    const used = this.#used.get(key)?.deref();
    if (used !== undefined) return used;
    const others = this.#making.get(key);
    if (others !== undefined) {
      try {
        return await waitFor(others, signal);
      } catch {
        signal?.throwIfAborted(); // else it may have failed since whoever began it left
      }
    }
    return await waitFor(this.#making.get(key) ?? this.#start(key, make), signal);
  }

  #start(key: string, make: Make<Value>): Making<Value> {
    const abort = new AbortController();
    const promise = this.#make(key, make, abort.signal);
    const making: Making<Value> = { promise, abort, waiting: 0, isSettled: false };
    const forget = (): void => {
      if (this.#making.get(key) === making) this.#making.delete(key);
    };
    this.#making.set(key, making);
    const settle = (): void => {
      making.isSettled = true;
      forget();
    };
    promise.then(settle, settle);
    // Who asks for it after everybody has left begins anew.
    abort.signal.addEventListener('abort', forget);
    return making;
  }

  async #make(key: string, make: Make<Value>, signal: AbortSignal): Promise<Value> {
    const made = await make(signal);
    if (made.isPassing) return made.value;
    if (made.sizeBytes <= this.#maxBytes) this.#keep(key, made);
    else this.#remember(key, made.value);
    return made.value;
  }

  /** What is let go of may be in use: as long as it is, it is given to others too. */
  #remember(key: string, value: Value): void {
    if (typeof value !== 'object' || value === null) return;
    this.#used.set(key, new WeakRef(value));
    this.#unused.register(value, key);
  }

  #keep(key: string, made: Weighed<Value>): void {
    this.#heldBytes += made.sizeBytes - (this.#kept.get(key)?.sizeBytes ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, made);
    for (const [oldest, { value, sizeBytes }] of this.#kept) {
      if (this.#heldBytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      this.#heldBytes -= sizeBytes;
      this.#remember(oldest, value);
    }
  }
}

async function waitFor<Value>(making: Making<Value>, signal: AbortSignal | undefined): Promise<Value> {
  making.waiting += 1;
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(signal?.reason);
  signal?.addEventListener('abort', leave);
  try {
    return await Promise.race([making.promise, left.promise]);
  } finally {
    signal?.removeEventListener('abort', leave);
    making.waiting -= 1;
    if (making.waiting === 0 && !making.isSettled)
      making.abort.abort(new Error('nobody waits for it any more'));
  }
}
