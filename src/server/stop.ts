import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How one server stops. */
export interface Stop {
  readonly hasBegun: boolean;
  /** Counts an answer as going on until it is closed. */
  watch(response: ServerResponse): void;
  /** See `RunningServer.close`. */
  close(drainTimeoutMs: number, hurry?: AbortSignal): Promise<{ readonly cut: number }>;
}

// A request that was sent before its client could know of the stop is on its way for as long as that.
const ON_THE_WAY_MS = 500;

/** Follows the connections of a server from their beginning, to be able to end them. */
export function createStop(server: Server): Stop {
  const sockets = new Set<Socket>();
  const answers = new Set<ServerResponse>();
  const lastAnswer = new EventTarget();
  const enough = new AbortController();
  let stopping: Promise<{ cut: number }> | undefined;
  const follow = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  // Those of a server of TLS come twice, and only once where they need no handshake.
  server.on('connection', follow).on('secureConnection', follow);

  async function noAnswers(signal: AbortSignal): Promise<void> {
    await sleep(ON_THE_WAY_MS, undefined, { signal });
    while (answers.size > 0) await once(lastAnswer, 'ended', { signal });
  }

  async function drain(drainTimeoutMs: number): Promise<{ cut: number }> {
    const closed = once(server, 'close');
    server.close(); // nothing new is accepted, and idle connections are closed
    using over = new DisposableAbort();
    const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(drainTimeoutMs), over.signal]);
    await Promise.race([closed, noAnswers(signal).catch(() => undefined)]);
    const cut = answers.size;
    for (const socket of sockets) socket.destroy(); // also those on which nothing came yet: Node takes them for busy
    await closed;
    return { cut };
  }

  function neverListened(): Promise<{ cut: number }> {
    server.close(); // it looks at its connections from time to time all the same
    return Promise.resolve({ cut: 0 });
  }

  return {
    get hasBegun() {
      return stopping !== undefined;
    },
    watch(response) {
      answers.add(response);
      if (stopping !== undefined) response.setHeader('Connection', 'close');
      response.once('close', () => {
        answers.delete(response);
        if (stopping === undefined) return;
        // Its headers promised that the connection stays: nobody closes it but us.
        setImmediate(() => server.closeIdleConnections());
        if (answers.size === 0) lastAnswer.dispatchEvent(new Event('ended'));
      });
    },
    close(drainTimeoutMs, hurry) {
      if (hurry?.aborted) enough.abort();
      else hurry?.addEventListener('abort', () => enough.abort(), { once: true });
      stopping ??= server.listening ? drain(drainTimeoutMs) : neverListened();
      return stopping;
    },
  };
}

class DisposableAbort extends AbortController implements Disposable {
  [Symbol.dispose](): void {
    this.abort();
  }
}
