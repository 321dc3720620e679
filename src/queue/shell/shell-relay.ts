import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebSocket } from 'ws';
import { closeSocket, pipeSockets } from './pipe-sockets.ts';

export interface ShellRelayOptions {
  /** How long a client waits for the worker's next offer. @defaultValue 10 s */
  readonly waitMs?: number;
  /** A session without a message is ended. @defaultValue two hours */
  readonly idleMs?: number;
  /** How often both sides are asked whether they are still there. @defaultValue 30 s */
  readonly pingMs?: number;
}

/** A worker's offer to serve the next client of a run. */
export interface Offer {
  readonly run: string;
  /** Clients that know it need nothing else. */
  readonly token: string;
}

/** Brings clients of shells and the workers that have the containers together. One for each server. */
export interface ShellRelay extends Disposable {
  /** Keeps a worker's socket for a client. `false`: there are enough for the run, and the socket is closed. */
  offer(offer: Offer, socket: WebSocket): boolean;
  /**
   * A worker's socket for a client that has come, as soon as there is one; `undefined`: none came in time, or too many
   * wait. `token`: its digest; absent where the client may open any shell of the run.
   */
  take(run: string, token: Buffer | undefined, signal: AbortSignal): Promise<WebSocket | undefined>;
  /** The same where there is one already. */
  takeNow(run: string, token: Buffer | undefined): WebSocket | undefined;
  /** Begins a session: the worker is told what is asked for, then messages pass. */
  pair(client: WebSocket, worker: WebSocket, request: string): void;
}

interface Offered {
  readonly socket: WebSocket;
  readonly token: Buffer;
}

interface Waiting {
  readonly token: Buffer | undefined;
  readonly give: (socket: WebSocket) => void;
}

/** One worker keeps one open; another may be left over from a connection that broke without a word. */
const OFFERS_OF_A_RUN = 3;
const WAITING_OF_A_RUN = 16;
const WAIT_MS = 10_000;
const IDLE_MS = 2 * 60 * 60_000;
const PING_MS = 30_000;
const TRY_LATER = 1013;

/** What is kept of a token. */
export const tokenDigest = (text: string): Buffer => createHash('sha256').update(text).digest();

const fits = (token: Buffer | undefined, offered: Buffer): boolean =>
  token === undefined || timingSafeEqual(token, offered);

export function createShellRelay(options: ShellRelayOptions = {}): ShellRelay {
  const { waitMs = WAIT_MS, idleMs = IDLE_MS, pingMs = PING_MS } = options;
  const offers = new Map<string, Offered[]>();
  const waiting = new Map<string, Waiting[]>();
  const pinged = new Map<WebSocket, { isAlive: boolean }>();
  const timer = setInterval(() => ping(pinged), pingMs);
  timer.unref();

  const watch = (socket: WebSocket): void => {
    const state = { isAlive: true };
    pinged.set(socket, state);
    socket.on('pong', () => {
      state.isAlive = true;
    });
    socket.on('error', () => socket.terminate());
    socket.once('close', () => pinged.delete(socket));
  };

  function takeNow(run: string, wanted: Buffer | undefined): WebSocket | undefined {
    // The newest one: what is older may be on a connection that broke.
    const offered = offers.get(run)?.findLast((each) => fits(wanted, each.token));
    if (offered !== undefined) without(offers, run, offered);
    return offered?.socket;
  }

  return {
    offer({ run, token }, socket) {
      watch(socket);
      const offered = { socket, token: tokenDigest(token) };
      const taker = (waiting.get(run) ?? []).find((each) => fits(each.token, offered.token));
      if (taker !== undefined) {
        without(waiting, run, taker); // the next offer is for somebody else
        taker.give(socket);
        return true;
      }
      const others = offers.get(run) ?? [];
      if (others.length >= OFFERS_OF_A_RUN) {
        socket.close(TRY_LATER, 'there are enough offers');
        return false;
      }
      offers.set(run, [...others, offered]);
      socket.once('close', () => without(offers, run, offered));
      return true;
    },
    takeNow,
    async take(run, wanted, signal) {
      const offered = takeNow(run, wanted);
      if (offered !== undefined || signal.aborted) return offered;
      const others = waiting.get(run) ?? [];
      if (others.length >= WAITING_OF_A_RUN) return undefined;
      const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
      const mine: Waiting = { token: wanted, give: resolve };
      waiting.set(run, [...others, mine]);
      const over = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      over.addEventListener('abort', () => resolve(undefined), { once: true });
      try {
        return await promise;
      } finally {
        without(waiting, run, mine);
      }
    },
    pair(client, worker, request) {
      watch(client);
      worker.send(request);
      pipeSockets(client, worker, { idleMs });
      // It may have gone while the client was answered.
      if (worker.readyState !== worker.OPEN) closeSocket(client, TRY_LATER);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const socket of pinged.keys()) socket.terminate();
    },
  };
}

function without<T>(lists: Map<string, T[]>, run: string, item: T): void {
  const left = (lists.get(run) ?? []).filter((each) => each !== item);
  if (left.length === 0) lists.delete(run);
  else lists.set(run, left);
}

/** Ends connections that did not answer since the last time. One that is not read at the moment cannot tell. */
function ping(sockets: ReadonlyMap<WebSocket, { isAlive: boolean }>): void {
  for (const [socket, state] of sockets) {
    if (!(state.isAlive || socket.isPaused)) socket.terminate();
    else {
      state.isAlive = false;
      socket.ping();
    }
  }
}
