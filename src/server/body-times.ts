import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Requests of the route may take as long as they need, and say nothing for any time: a log that grows. Whoever takes
     * them knows when nobody needs them any more.
     */
    takesItsTime?: boolean;
  }
}

/** How long requests may take to be there as a whole. */
export interface BodyTimes {
  /** To be told of each request when its headers are there. */
  begin(request: IncomingMessage, response: ServerResponse): void;
  /** This one may take as long as it needs, until it is answered. */
  exempt(request: IncomingMessage, response: ServerResponse): void;
}

// A machine that went away says nothing either: the system asks it from time to time.
const PROBE_MS = 60_000;

/** Node has one time for all requests: this one knows of routes whose requests go on for hours. `onLate` ends a connection. */
export function createBodyTimes(timeoutMs: number, onLate: (socket: Socket) => void): BodyTimes {
  const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();
  const end = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.complete) return; // it came, and nobody has read it yet
    if (response.headersSent) request.socket.destroy();
    else onLate(request.socket);
  };
  return {
    begin(request, response) {
      if (!hasBody(request)) return;
      lingerAtClose(request, response);
      const timer = setTimeout(end, timeoutMs, request, response);
      timers.set(request, timer);
      request.once('close', () => clearTimeout(timer));
    },
    exempt(request, response) {
      clearTimeout(timers.get(request));
      response.once('finish', () => closeSoon(request));
      request.socket.setTimeout(0); // set anew for the next request of the connection
      request.socket.setKeepAlive(true, PROBE_MS);
    },
  };
}

// Who is still sending has to hear the answer: closing at once would take it away.
const LINGER_MS = 3_000;

/** What was refused at its beginning, and goes on byte by byte, would keep its connection for ever. */
function closeSoon(request: IncomingMessage): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, LINGER_MS);
  request.once('close', () => clearTimeout(timer));
}

/**
 * An answer that closes its connection may come while its request still does: then what comes goes by for a moment. A connection
 * that is closed while its other side sends takes the answer with it.
 */
function lingerAtClose(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  // Around the listener with which Node closes it.
  response.prependOnceListener('finish', () => {
    if (!request.complete) socket.destroySoon = () => letGoBy(request);
  });
  response.once('finish', () => Reflect.deleteProperty(socket, 'destroySoon'));
}

function letGoBy(request: IncomingMessage): void {
  const { socket } = request;
  const close = (): void => socket.destroySoon(); // what is left of the answer goes out first
  const timer = setTimeout(close, LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  request.once('end', close).resume();
  socket.end(); // the answer is whole, and seen to be
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
