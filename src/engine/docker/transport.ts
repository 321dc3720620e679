import type { ClientRequest, RequestOptions } from 'node:http';
import type { Endpoint } from './endpoint.ts';

/** Begins requests over connections that are kept for the next ones. */
export interface Transport {
  request(options: RequestOptions): ClientRequest;
  /** Closes the connections that are kept. */
  close(): void;
}

/**
 * Shorter than any engine keeps an idle connection (Podman's default: 10 s), so that a request hardly ever meets a
 * connection that is just being closed.
 */
const IDLE_MS = 4_000;

/**
 * A name for TLS, which plain connections do not use. Without one, Node tests whether the host is an IPv6 address,
 * and compiling that pattern takes 8 ms.
 */
const NO_SERVER_NAME = { servername: '' };

const AGENT = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 8, timeout: IDLE_MS };

export function openTransport(endpoint: Endpoint): Transport {
  // `import 'node:http'` from an ES module also loads what only its lazy getters need: 50 ms instead of 5.
  const http = process.getBuiltinModule('node:http');
  const { address, tls } = endpoint;
  if (tls) return openTlsTransport(endpoint);
  const agent = new http.Agent(AGENT);
  const place =
    address.kind === 'socket' ? { socketPath: address.path } : { host: address.host, port: address.port };
  return {
    request: (options) => http.request({ ...options, ...place, ...NO_SERVER_NAME, agent }),
    close: () => agent.destroy(),
  };
}

function openTlsTransport({ address, tls }: Endpoint): Transport {
  const https = process.getBuiltinModule('node:https');
  const { skipVerification, ...files } = tls ?? {};
  const agent = new https.Agent({ ...AGENT, ...files, rejectUnauthorized: !skipVerification });
  const place =
    address.kind === 'socket' ? { socketPath: address.path } : { host: address.host, port: address.port };
  return {
    request: (options) => https.request({ ...options, ...place, agent }),
    close: () => agent.destroy(),
  };
}
