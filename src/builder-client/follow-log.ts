import { setTimeout as sleep } from 'node:timers/promises';
import { withRetries } from '../kernel/index.ts';
import { fieldsOf, foreign } from './answer.ts';
import { Passing, passing, pausesMs, retryOf } from './asking.ts';
import { type CallOptions, type FollowOptions, hasEnded, type RemoteBuild } from './builder-client.ts';
import { BuilderClientError } from './error.ts';
import { type Connection, noAnswer, open, read } from './transport.ts';

const NEVER = new AbortController().signal;

// A server that starts anew answers after some seconds; so many further tries in a row without a byte take 43 seconds.
export const LOG_RETRIES = 9;

// What was told of a build whose log has ended, and servers without logs.
const LOOK_AGAIN_MS = 250;
const LONGEST_LOOK_MS = 2000;

export interface LogQuestion extends FollowOptions {
  readonly id: string;
  /** Until the build has ended; otherwise what is there now. */
  readonly follow: boolean;
}

/** Reads a log; a connection that breaks goes on where it was. Resolves with the position behind it. */
export async function readLog(connection: Connection, question: LogQuestion): Promise<number> {
  const { signal = NEVER } = question;
  let position = question.start ?? 0;
  try {
    await withRetries(
      { retryPausesMs: pausesMs(LOG_RETRIES), onNotice: () => {}, signal },
      retryOf,
      async (progress) => {
        await readOn(connection, { ...question, start: position }, (sizeBytes) => {
          position += sizeBytes;
          progress();
        });
      },
    );
    return position;
  } catch (error) {
    throw error instanceof Passing ? error.error : error;
  }
}

/** One connection's worth of it. */
async function readOn(
  connection: Connection,
  { id, start = 0, follow, signal, onBytes }: LogQuestion,
  onRead: (sizeBytes: number) => void,
): Promise<void> {
  const query = new URLSearchParams({ id, follow: String(follow), start: String(start) });
  const response = await opened(connection, `log?${query}`, signal);
  const pieces = (response.body ?? new ReadableStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await pieces.read().catch((cause: unknown) => {
        throw passing(noAnswer(connection.url, cause, signal), 0);
      });
      if (done) return;
      await onBytes(value);
      onRead(value.length);
    }
  } finally {
    await pieces.cancel().catch(() => {}); // one that broke is gone already
  }
}

async function opened(
  connection: Connection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let pauseMs = 0;
  try {
    const response = await open(connection, { method: 'GET', path, signal });
    const contentType = response.headers.get('content-type') ?? '';
    if (response.status === 200 && contentType.startsWith('text/plain')) return response;
    const answer = await read(connection, response);
    ({ pauseMs } = answer);
    fieldsOf('log', connection, answer); // throws for what is a refusal
    throw foreign('log', connection.url, `a log of the type ${contentType || 'unknown'}`);
  } catch (error) {
    throw passing(error, pauseMs);
  }
}

/** Asks for a build as it is now. */
export type AskBuild = (call: CallOptions) => Promise<RemoteBuild>;

/** Shows a log until its build has ended, and tells how. */
export async function followBuild(
  connection: Connection,
  ask: AskBuild,
  options: Omit<LogQuestion, 'follow'>,
): Promise<RemoteBuild> {
  const { signal } = options;
  const call = signal === undefined ? {} : { signal };
  let position = options.start ?? 0;
  const readFrom = async (follow: boolean): Promise<void> => {
    position = await readLog(connection, { ...options, start: position, follow });
  };
  if (!(await isKnown(readFrom(true)))) return await untilEnded(ask, call);
  for (let pauseMs = LOOK_AGAIN_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_LOOK_MS)) {
    const build = await ask(call);
    if (hasEnded(build)) {
      await readFrom(false); // a server that was stopped has ended the log's connection before its end
      return build;
    }
    await sleep(pauseMs, undefined, call);
    await readFrom(true);
  }
}

/** Whether the server has the route that something was read from. */
async function isKnown(reading: Promise<void>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (error instanceof BuilderClientError && error.isUnknownRoute) return false;
    throw error;
  }
}

async function untilEnded(ask: AskBuild, call: CallOptions): Promise<RemoteBuild> {
  for (;;) {
    const build = await ask(call);
    if (hasEnded(build)) return build;
    await sleep(LONGEST_LOOK_MS, undefined, call);
  }
}
