import { setTimeout as delay } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import type { TaskContext } from '../../task/task-context.ts';
import { parseShellRequest } from './message-code.ts';
import { MAX_MESSAGE_BYTES, type OnSession, type ShellDoor } from './serve-shell.ts';

const HANDSHAKE_MS = 10_000;
/** The server asks every 30 seconds whether an offer is still there: one that is not asked any more is on a dead connection. */
const SILENCE_MS = 100_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** The routes of a run's shell at a server of Slipway. */
const shellRoute = ({ taskId, runId }: TaskContext): string =>
  `/api/slipway/v1/task/${taskId}/runs/${runId}/shell`;

/**
 * Sessions over a server of Slipway: the worker keeps one web socket open to it, which the next client gets, and opens
 * another one for the client after that. `isFull` holds back the next one; `changed` resolves when that may be over.
 */
export function offerShell(
  task: TaskContext,
  { token, onSession, free }: { token: string; onSession: OnSession; free: () => Promise<void> },
): ShellDoor {
  const closing = new AbortController();
  const offering = offerAgain(task, { token, onSession, free, signal: closing.signal });
  return {
    socketUrl: `${task.queue.publicUrl.replace(/^http/, 'ws')}${shellRoute(task)}/${token}/shell.sock`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await offering;
    },
  };
}

interface Offering {
  readonly token: string;
  readonly onSession: OnSession;
  readonly free: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Does not reject: a shell that cannot be offered is offered again later. */
async function offerAgain(task: TaskContext, offering: Offering): Promise<void> {
  const { signal, free } = offering;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    await Promise.race([free(), aborted(signal)]);
    if (signal.aborted) return;
    if (await offerOnce(task, offering)) pauseMs = FIRST_PAUSE_MS;
    else {
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves when a client has taken the offer (`true`) or it came to nothing. */
async function offerOnce(task: TaskContext, { token, onSession, signal }: Offering): Promise<boolean> {
  const { WebSocket } = await import('ws');
  const url = task.queue.signUrl(`${task.queue.rootUrl}${shellRoute(task)}/offer`);
  const socket: WebSocket = new WebSocket(url.replace(/^http/, 'ws'), {
    headers: { 'x-slipway-shell-token': token },
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const end = (): void => socket.terminate();
  signal.addEventListener('abort', end, { once: true });
  let silence = setTimeout(end, SILENCE_MS);
  const heard = (): void => {
    silence = silence.refresh();
  };
  socket.on('ping', heard);
  socket.on('error', () => undefined); // its closing follows
  socket.once('close', () => clearTimeout(silence));
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('close', () => resolve(false));
      socket.once('message', (data: RawData, isBinary) => {
        const request = isBinary || !Buffer.isBuffer(data) ? undefined : parseShellRequest(data.toString());
        if (request === undefined) return end();
        onSession(socket, request);
        resolve(true);
      });
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
