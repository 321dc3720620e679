import { setTimeout as delay } from 'node:timers/promises';
import type { TaskContext } from '../../task/task-context.ts';
import { logRoute } from './log-path.ts';

// Servers and proxies cut requests that go on for long: each part ends well before (a minute is usual), the next begins
// when there is more to say. A log that is silent keeps no request open.
const PART_MS = 25_000;
// A line that is cut without a word lets nothing through, and says nothing for minutes.
const ANSWER_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** How long a request takes at most, and its answer after it. */
export interface PartTimes {
  readonly partMs: number;
  readonly answerMs: number;
}

export interface SendLogOptions {
  /** @defaultValue the log of the task */
  readonly log?: Pick<TaskContext['log'], 'read'>;
  readonly times?: PartTimes;
}

/** The server does not want this log; asking again does not help. */
class LogRefused extends Error {
  override readonly name = 'LogRefused';
}

interface Part {
  /** Bytes of the log that the server has now. */
  readonly offset: number;
  readonly hasEnded: boolean;
}

/**
 * Sends a log of a run to the server as it grows; resolves when all of it is there and it has ended. A cut is mended from
 * where the server is, with the newest credentials, for as long as `signal` allows.
 */
export async function sendLog(
  task: TaskContext,
  name: string,
  signal: AbortSignal,
  { log = task.log, times = { partMs: PART_MS, answerMs: ANSWER_MS } }: SendLogOptions = {},
): Promise<void> {
  const route = logRoute(task, name);
  let pauseMs = FIRST_PAUSE_MS;
  for (let offset = 0; ; ) {
    try {
      const part = await sendPart(task, { route, log, offset, signal, times });
      offset = part.offset;
      pauseMs = FIRST_PAUSE_MS;
      if (part.hasEnded) break;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LogRefused) throw error;
      await delay(pauseMs, undefined, { signal });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

/** Tells the server that nothing more comes. */
export async function endLog(task: TaskContext, name: string, signal: AbortSignal): Promise<void> {
  const answer = await task.queue.fetch(`${logRoute(task, name)}/end`, { method: 'POST', signal });
  await answer.body?.cancel();
  if (!answer.ok) throw new LogRefused(`the server answered ${answer.status} to the end of the log`);
}

interface PartOptions {
  readonly route: string;
  readonly log: Pick<TaskContext['log'], 'read'>;
  readonly offset: number;
  readonly signal: AbortSignal;
  readonly times: PartTimes;
}

/** One request, from the next bytes until its time is over. */
async function sendPart(
  task: TaskContext,
  { route, log, offset, signal, times }: PartOptions,
): Promise<Part> {
  const over = new AbortController();
  const lost = new AbortController();
  const reader = log
    .read({ start: offset, follow: true, signal: AbortSignal.any([signal, over.signal]) })
    [Symbol.asyncIterator]();
  let sentTo = offset;
  let hasEnded = false;
  async function* body(first: Uint8Array): AsyncGenerator<Uint8Array, void> {
    for (let bytes: Uint8Array = first; ; ) {
      sentTo += bytes.length;
      yield bytes;
      const next = await reader.next().catch((error: unknown) => {
        if (over.signal.aborted) return undefined;
        throw error;
      });
      if (next === undefined || next.done === true) {
        hasEnded = !over.signal.aborted && !signal.aborted;
        return;
      }
      bytes = next.value;
    }
  }
  let timer: NodeJS.Timeout | undefined;
  try {
    const first = await reader.next();
    signal.throwIfAborted();
    if (first.done === true) return { offset, hasEnded: true };
    timer = setTimeout(() => {
      over.abort();
      timer = setTimeout(() => lost.abort(new Error('no answer to the live log')), times.answerMs);
    }, times.partMs);
    const answer = await task.queue.fetch(`${route}?offset=${offset}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: ReadableStream.from(body(first.value)),
      duplex: 'half',
      signal: AbortSignal.any([signal, lost.signal]),
    });
    return await readAnswer(answer, { from: offset, sentTo: () => sentTo, hasEnded: () => hasEnded });
  } finally {
    clearTimeout(timer);
    over.abort();
    await reader.return?.();
  }
}

const MOST_OF_AN_ANSWER = 4096;

async function readAnswer(
  answer: Response,
  state: { readonly from: number; readonly sentTo: () => number; readonly hasEnded: () => boolean },
): Promise<Part> {
  if (answer.ok) {
    await answer.body?.cancel();
    return { offset: state.sentTo(), hasEnded: state.hasEnded() };
  }
  if (answer.status === 409) {
    const sizeBytes = sizeIn((await answer.text()).slice(0, MOST_OF_AN_ANSWER));
    // It has less than it said before: on from there. Every other conflict is that the run, or its log, has ended.
    if (sizeBytes !== undefined && sizeBytes < state.from) return { offset: sizeBytes, hasEnded: false };
  } else await answer.body?.cancel();
  const text = `the server answered ${answer.status} to the live log`;
  throw PASSING.has(answer.status) || answer.status >= 500 ? new Error(text) : new LogRefused(text);
}

// Credentials that have just ended are replaced by the next reclaim.
const PASSING: ReadonlySet<number> = new Set([401, 408, 429]);

function sizeIn(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const size =
      typeof answer === 'object' && answer !== null && 'sizeBytes' in answer ? answer.sizeBytes : undefined;
    return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  } catch {
    return undefined; // not what a server of Slipway answers
  }
}
