import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, isIPv4 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TaskContext } from '../../task/task-context.ts';
import { statelessHostname } from './stateless-hostname.ts';

export interface OwnServerOptions {
  readonly secure: boolean;
  readonly handler: RequestListener;
  readonly connections: number;
}

/** A server of one run on the worker's own address, on a port that was free. */
export interface OwnServer extends AsyncDisposable {
  readonly server: Server;
  /** `http` or `https`, by name or address and port, without a path. */
  readonly url: string;
  /** No new connections; those that are there may end by themselves for as long. Again: at once. */
  close(graceMs: number): Promise<void>;
}

// A client that connects and says nothing takes one of few connections.
const HEADERS_TIMEOUT_MS = 10_000;

/** The name under which others reach this worker until `expiresAt`. */
function hostOf({ identity, settings }: TaskContext, secure: boolean, expiresAt: number): string {
  const names = settings.ownSockets?.statelessHostname;
  if (names !== undefined && isIPv4(identity.publicIp))
    return statelessHostname({ address: identity.publicIp, expiresAt, ...names });
  // A certificate is for a name.
  return secure || identity.publicIp === '' ? identity.hostname : identity.publicIp;
}

async function tlsOf({ settings }: TaskContext): Promise<{ cert: Buffer; key: Buffer }> {
  const files = settings.ownSockets?.tls;
  if (files === undefined) throw new Error('TLS is wanted, but neither certificate nor key are configured');
  const [cert, key] = await Promise.all([readFile(files.certificateFile), readFile(files.keyFile)]);
  return { cert, key };
}

/** Begins to listen on all addresses. */
export async function openOwnServer(task: TaskContext, options: OwnServerOptions): Promise<OwnServer> {
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, noDelay: true };
  const server = options.secure
    ? createTlsServer({ ...limits, ...(await tlsOf(task)), minVersion: 'TLSv1.2' }, options.handler)
    : createServer(limits, options.handler);
  server.maxConnections = options.connections;
  server.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  const host = hostOf(task, options.secure, Date.parse(task.claim.task.deadline));
  const closed = once(server, 'close');
  const close = async (graceMs: number): Promise<void> => {
    server.close();
    const over = new AbortController();
    await Promise.race([closed, delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    server.closeAllConnections();
    await closed;
  };
  return {
    server,
    url: `${options.secure ? 'https' : 'http'}://${host}:${port}`,
    close,
    [Symbol.asyncDispose]: () => close(0),
  };
}
