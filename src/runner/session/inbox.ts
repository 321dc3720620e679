import { MAX_TIMER_MS } from '../../kernel/index.ts';

/** Messages in order for one reader, who may wait with a limit. */
export interface Inbox<T> {
  readonly closed: boolean;
  /** Why it closed, where it was not in good order. */
  readonly error: Error | undefined;
  put(message: T): void;
  /** Starts a waiting reader's limit again. */
  touch(): void;
  /** Nothing more will come; a waiting reader gets `undefined`. */
  close(error?: Error): void;
  /** The next message; `undefined` when it closed, or after `limitMs`, counted from the last touch. */
  next(limitMs?: number): Promise<T | undefined>;
}

export function createInbox<T>(): Inbox<T> {
  const messages: T[] = [];
  let closed = false;
  let reason: Error | undefined;
  let reader: ((message: T | undefined) => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  function answer(message: T | undefined): void {
    clearTimeout(timer);
    timer = undefined;
    const waiting = reader;
    reader = undefined;
    waiting?.(message);
  }

  return {
    get closed() {
      return closed;
    },
    get error() {
      return reason;
    },
    put(message) {
      if (reader === undefined) messages.push(message);
      else answer(message);
    },
    touch() {
      timer?.refresh();
    },
    close(error) {
      if (closed) return;
      closed = true;
      reason = error;
      if (reader !== undefined) answer(undefined);
    },
    next(limitMs) {
      const message = messages.shift();
      if (message !== undefined || closed) return Promise.resolve(message);
      return new Promise((resolve) => {
        reader = resolve;
        if (limitMs !== undefined) timer = setTimeout(answer, Math.min(limitMs, MAX_TIMER_MS), undefined);
      });
    },
  };
}
