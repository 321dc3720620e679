import type { Message } from './messages.ts';

/** Messages on their way, one after the other. */
export interface Outbox {
  put(message: Message): void;
  /** Waits for what is left, but no longer than this. */
  close(limitMs: number): Promise<void>;
}

export interface OutboxOptions {
  /** Resolves when the server has taken the message. Nothing of it goes on once the signal aborts. */
  readonly deliver: (message: Message, signal: AbortSignal) => Promise<void>;
  /** Called once, at the first message that does not arrive, with the reason. */
  readonly onFailure: (reason: string) => void;
  /** How many bytes of logs wait at most; what comes on top of it is left out. */
  readonly limitBytes: number;
}

const bytesOf = (message: Message): number =>
  message.event === 'runsteplogs' ? message.body.logs.length : 0;

export function createOutbox({ deliver, onFailure, limitBytes }: OutboxOptions): Outbox {
  const stop = new AbortController();
  const queue: Message[] = [];
  let waitingBytes = 0;
  let isIncomplete = false;
  let sending: Promise<void> | undefined;

  function lose(reason: string): void {
    if (!isIncomplete) onFailure(reason);
    isIncomplete = true;
  }

  async function sendAll(): Promise<void> {
    for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
      waitingBytes -= bytesOf(message);
      try {
        await deliver(message, stop.signal);
      } catch (error) {
        lose(error instanceof Error ? error.message : String(error));
      }
      if (stop.signal.aborted) break;
    }
    sending = undefined;
  }

  return {
    put(message) {
      const bytes = bytesOf(message);
      if (waitingBytes + bytes > limitBytes) return lose('it is too slow for all that the steps print');
      waitingBytes += bytes;
      queue.push(message);
      sending ??= sendAll();
    },
    async close(limitMs) {
      const timer = setTimeout(() => stop.abort(), limitMs);
      await sending;
      clearTimeout(timer);
      stop.abort(); // also what still comes of an answer
    },
  };
}
