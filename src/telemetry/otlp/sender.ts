import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface SenderOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of one batch with all its attempts. */
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  readonly certificates: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

/** Sends batches to one place. Neither its sockets nor its pauses keep a program from ending. */
export interface Sender {
  /** Throws where it was not taken. */
  send(bytes: Uint8Array): Promise<void>;
  /** What goes on may end, and nothing is tried again. */
  leave(): void;
  /** What goes on fails now. */
  abandon(): void;
}

const PAUSES_MS = [1000, 2000, 4000, 5000];
// Those that say "later", by the protocol.
const LATER: ReadonlySet<number | undefined> = new Set([429, 502, 503, 504]);
const SOCKETS = 2;
const compressed = promisify(gzip);

interface Answer {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

export function createSender(options: SenderOptions): Sender {
  const url = new URL(options.url);
  const isTls = url.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: SOCKETS };
  const agent = isTls ? new HttpsAgent({ ...pool, ...options.certificates }) : new HttpAgent(pool);
  const abandoned = new AbortController();
  const leaving = new AbortController();

  function post(bytes: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = {
      ...options.headers,
      ...(options.isCompressed && { 'content-encoding': 'gzip' }),
      'content-length': bytes.length,
    };
    const how = { method: 'POST', agent, headers, signal };
    const request: ClientRequest = isTls ? httpsRequest(url, how) : httpRequest(url, how);
    request.on('socket', (socket: Socket) => socket.unref());
    request.on('error', reject);
    request.on('response', (answer: IncomingMessage) => {
      answer.resume(); // what it says of single spans changes nothing
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode, retryAfterMs: pauseOf(answer.headers['retry-after']) }),
      );
    });
    request.end(bytes);
    return promise;
  }

  /** How long to wait for the next try; `undefined`: it was taken. */
  async function attempt(bytes: Uint8Array, signal: AbortSignal, pauseMs: number | undefined) {
    const { status, retryAfterMs } = await post(bytes, signal);
    if (status !== undefined && status >= 200 && status < 300) return undefined;
    if (!LATER.has(status) || pauseMs === undefined || leaving.signal.aborted)
      throw new Error(`the endpoint answered ${status}`);
    return retryAfterMs ?? pauseMs;
  }

  return {
    async send(given) {
      const bytes = options.isCompressed ? await compressed(given) : given;
      const signal = AbortSignal.any([abandoned.signal, AbortSignal.timeout(options.timeoutMs)]);
      for (const pauseMs of [...PAUSES_MS, undefined]) {
        const waitMs = await attempt(bytes, signal, pauseMs).catch((error: unknown) => {
          if (pauseMs === undefined || signal.aborted || leaving.signal.aborted) throw failure(error, signal);
          return pauseMs;
        });
        if (waitMs === undefined) return;
        const either = AbortSignal.any([signal, leaving.signal]);
        await sleep(waitMs, undefined, { signal: either, ref: false }).catch(() => {
          if (signal.aborted) throw failure(undefined, signal);
        });
      }
    },
    leave: () => leaving.abort(),
    abandon() {
      abandoned.abort();
      agent.destroy();
    },
  };
}

function failure(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) return new Error('it did not answer in time');
  return error instanceof Error ? error : new Error(String(error));
}

function pauseOf(retryAfter: string | undefined): number | undefined {
  const seconds = Number(retryAfter ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 30) * 1000 : undefined;
}
