import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { ServerLimits } from './limits.ts';
import type { TlsPair } from './tls.ts';

/** A server of Node with our limits, not listening yet. */
export function createServerOf(
  handler: RequestListener,
  limits: ServerLimits,
  tls: TlsPair | undefined,
): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: 0, // `createBodyTimes` knows which routes it is for
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    noDelay: true,
    // Clients of the cache wish for HTTP/2 on the way, and are answered as if they had not: only web sockets are taken.
    shouldUpgradeCallback: ({ headers }: IncomingMessage): boolean =>
      server.listenerCount('upgrade') > 0 && headers.upgrade?.toLowerCase() === 'websocket',
  };
  const server: Server =
    tls === undefined
      ? createHttpServer(options, handler)
      : createHttpsServer(
          { ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersTimeoutMs },
          handler,
        );
  server.maxConnections = limits.connections;
  server.timeout = limits.silenceTimeoutMs;
  return server;
}
