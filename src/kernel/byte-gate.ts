/** Room for work that is let in while there is some, in the order in which it comes. */
export class ByteGate {
  readonly #maxBytes: number;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Waits for room, which is given back by disposing what comes. What is larger than all of it gets in alone. Throws
   * `signal.reason`.
   */
  async hold(bytes: number, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#waiting.length > 0 || !this.#fits(bytes)) await this.#wait(bytes, signal);
    else this.#heldBytes += bytes;
    return this.#held(bytes);
  }

  /** The same without waiting; `undefined` where there is no room now. */
  tryHold(bytes: number): Disposable | undefined {
    if (!this.#fits(bytes)) return undefined;
    this.#heldBytes += bytes;
    return this.#held(bytes);
  }

  #fits(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.#maxBytes;
  }

  #held(bytes: number): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#heldBytes -= bytes;
        this.#letIn();
      },
    };
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#heldBytes += next.bytes;
      next.enter();
    }
  }

  async #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { bytes, enter: resolve };
    const leave = (): void => {
      const at = this.#waiting.indexOf(waiting);
      if (at < 0) return; // let in this moment
      this.#waiting.splice(at, 1);
      reject(signal?.reason);
      this.#letIn(); // those behind it may be smaller
    };
    this.#waiting.push(waiting);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }
}
