import { openThread, type Thread } from './log-thread.ts';
import type { Found, LogLine, LogQuery, LogReport, LogRequest, LogState } from './protocol.ts';
import { whileHidden } from './while-hidden.ts';

/** A log in its own thread, as the page sees it; dispose it to end the thread. */
export interface OpenLog extends Disposable {
  readonly state: LogState;
  /** Calls when there is more of it, or something else of its state changed; gives what ends that. */
  onState(listener: (state: LogState) => void): () => void;
  /** Lines as they are shown. Throws where they cannot be had. */
  lines(from: number, to: number): Promise<readonly LogLine[]>;
  text(from: number, to: number): Promise<{ readonly text: string; readonly isCut: boolean }>;
  /** Which lines the bytes at these places belong to. */
  places(offsets: readonly number[]): Promise<readonly number[]>;
  /** Looks for something, in place of what was looked for before. */
  search(query: LogQuery, found: (found: Found) => void): void;
  /** Connects again now. */
  retry(): void;
}

const NOTHING_YET: LogState = { lines: 0, sizeBytes: 0, keptBytes: 0, phase: 'waiting' };

// Those whose program did not come, also before anybody listened.
const broken = new WeakSet<object>();

/** Starts the program that holds a log. */
export function startThread(): Worker {
  const thread = new Worker(new URL('./log-worker.ts', import.meta.url), { type: 'module', name: 'log' });
  thread.addEventListener('error', () => broken.add(thread));
  return thread;
}

const CANNOT =
  'The part of the page that shows logs could not be loaded, or broke: load the page again, or look at the raw log.';

/** Opens the log at an address of this server. */
export function openLog(url: string, start: () => Worker): OpenLog {
  const asked = new Map<number, { resolve(report: LogReport): void; reject(error: Error): void }>();
  const listeners = new Set<(state: LogState) => void>();
  let state = NOTHING_YET;
  let lastId = 0;
  let searching: { readonly id: number; found(found: Found): void } | undefined;
  const hear = (data: LogReport): void => {
    if (data.kind === 'state') {
      state = data.state;
      for (const listener of listeners) listener(state);
    } else if (data.kind === 'found') {
      if (data.id === searching?.id) searching.found(data.found);
    } else {
      const waiting = asked.get(data.id);
      asked.delete(data.id);
      if (data.kind === 'failed') waiting?.reject(new Error(data.message));
      else waiting?.resolve(data);
    }
  };
  const giveUp = (): void => {
    state = { ...state, phase: 'refused', message: CANNOT };
    for (const listener of listeners) listener(state);
    for (const { reject } of asked.values()) reject(new Error(CANNOT));
    asked.clear();
  };
  const isBroken = (each: Thread): boolean => broken.has(each);
  const thread = openThread({ start, isBroken, hear, giveUp });

  async function ask<Kind extends 'lines' | 'text' | 'places'>(
    request: LogRequest & { kind: Kind; id: number },
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<LogReport>();
    asked.set(request.id, { resolve, reject });
    thread.send(request);
    return (await promise) as LogReport & { kind: Kind }; // the thread answers an id with what was asked
  }

  const stopResting = whileHidden(
    () => thread.send({ kind: 'rest' }),
    () => thread.send({ kind: 'retry' }),
  );
  thread.send({ kind: 'open', url: new URL(url, location.href).href });
  return {
    get state() {
      return state;
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lines: async (from, to) => (await ask<'lines'>({ kind: 'lines', id: ++lastId, from, to })).lines,
    async text(from, to) {
      const { text, isCut } = await ask<'text'>({ kind: 'text', id: ++lastId, from, to });
      return { text, isCut };
    },
    places: async (offsets) => (await ask<'places'>({ kind: 'places', id: ++lastId, offsets })).lines,
    search(query, found) {
      searching = { id: ++lastId, found };
      thread.send({ kind: 'search', id: lastId, query });
    },
    retry: () => thread.send({ kind: 'retry' }),
    [Symbol.dispose]() {
      stopResting();
      thread[Symbol.dispose]();
    },
  };
}
