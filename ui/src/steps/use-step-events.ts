import { useEffect, useState } from 'preact/hooks';
import { LogRefused, readLog } from '../log/read-log.ts';
import { whileHidden } from '../log/while-hidden.ts';
import { MAX_EVENTS, type RunEvent, readEvent } from './step-events.ts';

export interface StepEvents {
  readonly events: readonly RunEvent[];
  /** `absent`: nobody wrote any. */
  readonly phase: 'loading' | 'there' | 'absent';
  /** No more come. */
  readonly isWhole: boolean;
}

const DRAW_MS = 100;
const MAX_PAUSE_MS = 10_000;

/** Follows the events of a run. They are few: no thread is needed. */
export function useStepEvents(url: string | undefined): StepEvents {
  const [found, setFound] = useState<StepEvents & { readonly url?: string | undefined }>(NONE);
  useEffect(() => {
    if (url === undefined) return;
    const gone = new AbortController();
    const events: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (phase: StepEvents['phase'], isWhole: boolean): void => {
      clearTimeout(timer);
      timer = undefined;
      if (!gone.signal.aborted) setFound({ url, phase, isWhole, events: [...events] });
    };
    const lines = new LineReader((line) => {
      const event = events.length < MAX_EVENTS ? readEvent(line) : undefined;
      if (event !== undefined) events.push(event);
    });
    let connection = new AbortController();
    let awake = Promise.resolve();
    let wake = (): void => {};
    const stopResting = whileHidden(
      () => {
        awake = new Promise((resolve) => {
          wake = resolve;
        });
        connection.abort();
      },
      () => wake(),
    );
    readLog({
      url,
      signal: gone.signal,
      fetch: window.fetch.bind(window),
      connection() {
        connection = new AbortController();
        return connection.signal;
      },
      async pause(attempt) {
        await awake;
        await new Promise((resolve) => setTimeout(resolve, Math.min(MAX_PAUSE_MS, 250 * 2 ** attempt)));
      },
      listener: {
        begun() {},
        bytes(bytes) {
          lines.add(bytes);
          timer ??= setTimeout(() => draw('there', false), events.length < 2 ? 0 : DRAW_MS);
        },
        cut() {},
      },
    }).then(
      () => draw('there', true),
      (error: unknown) => {
        if (!gone.signal.aborted)
          draw(error instanceof LogRefused && events.length === 0 ? 'absent' : 'there', true);
      },
    );
    return () => {
      clearTimeout(timer);
      stopResting();
      gone.abort();
    };
  }, [url]);
  return found.url === url ? found : NONE;
}

const NONE: StepEvents = { events: [], phase: 'loading', isWhole: false };
const MAX_LINE = 256 * 1024; // an event of more is none

/** Gives whole lines of what comes in pieces. */
class LineReader {
  readonly #decoder = new TextDecoder();
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) this.#onLine(line);
  }
}
