import { HeldLog } from './held-log.ts';
import { LogBlocks } from './log-blocks.ts';
import { LogSearch } from './log-search.ts';
import { threadMatcher } from './matcher.ts';
import type { LogReport, LogRequest, LogState } from './protocol.ts';
import { LogRefused, readLog, readPiece } from './read-log.ts';

const STATE_MS = 50; // as often as eyes notice
const SEARCH_LIMIT_MS = 2_000; // for 256 KiB, which take an honest expression some milliseconds
const MAX_PAUSE_MS = 10_000;

const say = (report: LogReport): void => self.postMessage(report);
const never = new AbortController().signal; // the thread is ended as a whole

/** All that this thread holds of one log. */
interface Held {
  readonly log: HeldLog;
  readonly search: LogSearch;
}

let held: Held | undefined;
let facts: Pick<LogState, 'phase' | 'message' | 'totalBytes'> = { phase: 'waiting' };
let stateTimer: ReturnType<typeof setTimeout> | undefined;
let retryNow = (): void => {};
let connection = new AbortController();
let isResting = false;

function open({ url, keptBytes }: LogRequest & { kind: 'open' }): void {
  const blocks = new LogBlocks(keptBytes === undefined ? {} : { keptBytes });
  const log = new HeldLog(blocks, (span) =>
    readPiece(url, span, { signal: never, fetch: self.fetch.bind(self) }),
  );
  const search = new LogSearch({
    log,
    matcher: () =>
      threadMatcher(
        () => new Worker(new URL('./match-worker.ts', import.meta.url), { type: 'module' }),
        SEARCH_LIMIT_MS,
      ),
    report: (id, found) => say({ kind: 'found', id, found }),
    now: () => performance.now(),
  });
  held = { log, search };
  void read(url, held);
}

async function read(url: string, { log, search }: Held): Promise<void> {
  const become = (next: typeof facts): void => {
    facts = next;
    sayState();
  };
  try {
    await readLog({
      url,
      signal: never,
      fetch: self.fetch.bind(self),
      pause,
      connection() {
        connection = new AbortController();
        if (isResting) connection.abort();
        return connection.signal;
      },
      listener: {
        begun({ totalBytes }) {
          become(totalBytes === undefined ? { phase: 'following' } : { phase: 'reading', totalBytes });
        },
        bytes(bytes) {
          const isFirst = log.blocks.sizeBytes === 0;
          log.blocks.append(bytes);
          search.grown(false);
          if (isFirst) sayState();
          else stateTimer ??= setTimeout(sayState, STATE_MS);
        },
        cut(message) {
          if (!isResting) become({ phase: 'cut', message });
        },
      },
    });
    become({ phase: 'ended' });
    search.grown(true);
  } catch (error) {
    const message = error instanceof LogRefused ? error.message : `The log could not be read: ${error}`;
    become({ phase: 'refused', message });
  }
}

async function pause(attempt: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const waitMs = attempt === 0 ? 0 : Math.min(MAX_PAUSE_MS, 250 * 2 ** attempt);
  const timer = isResting ? undefined : setTimeout(resolve, waitMs);
  retryNow = () => {
    clearTimeout(timer);
    resolve();
  };
  await promise;
}

function sayState(): void {
  clearTimeout(stateTimer);
  stateTimer = undefined;
  if (held === undefined) return;
  const { lines, sizeBytes, keptBytes } = held.log.blocks;
  say({ kind: 'state', state: { lines, sizeBytes, keptBytes, ...facts } });
}

async function answer(request: LogRequest, { log, search }: Held): Promise<void> {
  switch (request.kind) {
    case 'lines': {
      const { id, from, to } = request;
      return say({ kind: 'lines', id, from, lines: await log.lines(from, to) });
    }
    case 'text':
      return say({ kind: 'text', id: request.id, ...(await log.text(request.from, request.to)) });
    case 'places':
      return say({ kind: 'places', id: request.id, lines: await linesAt(log, request.offsets) });
    case 'search':
      return search.start(request.id, request.query);
    case 'open':
    case 'retry':
    case 'rest':
      return;
  }
}

async function linesAt(log: HeldLog, offsets: readonly number[]): Promise<number[]> {
  const lines: number[] = [];
  for (const offset of offsets) lines.push(await log.lineAt(offset));
  return lines;
}

self.onmessage = async ({ data }: MessageEvent<LogRequest>) => {
  if (data.kind === 'open') return open(data);
  if (data.kind === 'retry') {
    isResting = false;
    return retryNow();
  }
  if (data.kind === 'rest') {
    isResting = true;
    return connection.abort();
  }
  if (held === undefined) return;
  try {
    await answer(data, held);
  } catch (error) {
    say({ kind: 'failed', id: data.id, message: error instanceof Error ? error.message : String(error) });
  }
};
