import { HeldLog } from './held-log.ts';
import { LogBlocks } from './log-blocks.ts';
import type { LogSearch } from './log-search.ts';
import type { LogQuery, LogReport, LogRequest, LogState } from './protocol.ts';
import { LogRefused, readLog, readPiece } from './read-log.ts';

const STATE_MS = 50; // as often as eyes notice
const MAX_PAUSE_MS = 10_000;

const say = (report: LogReport): void => self.postMessage(report);
const never = new AbortController().signal; // the thread is ended as a whole

/** All that this thread holds of one log. */
interface Held {
  readonly log: HeldLog;
  /** Comes with the first question: most logs are only read. */
  search?: Promise<LogSearch>;
  hasEnded: boolean;
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
  held = { log, hasEnded: false };
  void read(url, held);
}

async function read(url: string, opened: Held): Promise<void> {
  const { log } = opened;
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
          grown(opened);
          if (isFirst) sayState();
          else stateTimer ??= setTimeout(sayState, STATE_MS);
        },
        cut(message) {
          if (!isResting) become({ phase: 'cut', message });
        },
      },
    });
    become({ phase: 'ended' });
    opened.hasEnded = true;
    grown(opened);
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

/** What is searched for is searched for in what came, too. */
function grown({ search, hasEnded }: Held): void {
  search?.then((found) => found.grown(hasEnded)).catch(() => {}); // told to who asked
}

async function search(opened: Held, id: number, query: LogQuery): Promise<void> {
  if (opened.search === undefined && query.text === '') return;
  opened.search ??= loadSearch(opened);
  try {
    (await opened.search).start(id, query);
  } catch {
    delete opened.search; // the next question asks for it again
    const problem = 'The search could not be loaded. Try again.';
    say({
      kind: 'found',
      id,
      found: { matches: new Uint32Array(), count: 0, searchedLines: 0, isDone: true, problem },
    });
  }
}

async function loadSearch(opened: Held): Promise<LogSearch> {
  const { openSearch } = await import('./open-search.ts');
  const found = openSearch(opened.log, (id, what) => say({ kind: 'found', id, found: what }));
  found.grown(opened.hasEnded);
  return found;
}

async function answer(request: LogRequest, opened: Held): Promise<void> {
  const { log } = opened;
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
      return search(opened, request.id, request.query);
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
