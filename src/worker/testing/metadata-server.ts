import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetadataServerOptions {
  /** Text by path, without the slash in front. */
  readonly values: Readonly<Record<string, string>>;
  /** `sessions`: only with a token; `both`: with or without; `plain`: it knows no tokens. @defaultValue `sessions` */
  readonly version?: 'sessions' | 'both' | 'plain';
  /** In the place of all that. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** The metadata service of a cloud's machine, on this one. */
export interface MetadataServer extends AsyncDisposable {
  readonly endpoint: string;
  /** `METHOD /path` of each request. */
  readonly requests: readonly string[];
  readonly values: Record<string, string>;
  /** All sessions end. */
  forgetSessions(): void;
}

const TOKEN_HEADER = 'x-aws-ec2-metadata-token';

export async function startMetadataServer(options: MetadataServerOptions): Promise<MetadataServer> {
  const values = { ...options.values };
  const requests: string[] = [];
  const version = options.version ?? 'sessions';
  let tokens = new Set<string>();
  const give = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').slice(1);
    if (request.method === 'PUT' && path === 'latest/api/token') {
      const seconds = Number(request.headers[`${TOKEN_HEADER}-ttl-seconds`]);
      if (version === 'plain' || !(seconds >= 1 && seconds <= 21_600)) {
        response.writeHead(version === 'plain' ? 404 : 400).end();
        return;
      }
      const token = `token-${tokens.size + requests.length}`;
      tokens.add(token);
      response.end(token);
      return;
    }
    const token = request.headers[TOKEN_HEADER];
    const mayRead = typeof token === 'string' ? tokens.has(token) : version !== 'sessions';
    if (!mayRead) response.writeHead(401).end();
    else if (values[path] === undefined) response.writeHead(404).end();
    else response.end(values[path]);
  };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    (options.answer ?? give)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    values,
    forgetSessions() {
      tokens = new Set();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
