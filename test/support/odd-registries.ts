import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

/** A registry of a test, as builds and engines reach it. */
export interface OddRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

/**
 * A registry that has nothing and whose quota is used up, as registries with quotas say it. Engines try a disk that is full
 * again and again for most of a minute; this one they believe at once.
 */
export async function openFullRegistry(address = '127.0.0.1'): Promise<OddRegistry> {
  const server = createServer(refuse);
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    host: `${address}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const QUOTA = {
  errors: [{ code: 'DENIED', message: 'adding 1.2 MiB of storage resource exceeds the quota of 1 MiB' }],
};

function refuse(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  response.setHeader('content-type', 'application/json');
  if (request.url === '/v2/') return void response.end('{}');
  const isUpload = request.method === 'POST' || request.method === 'PUT' || request.method === 'PATCH';
  response.statusCode = isUpload ? 403 : 404;
  response.end(JSON.stringify(isUpload ? QUOTA : { errors: [{ code: 'MANIFEST_UNKNOWN' }] }));
}

/** Takes connections and never answers. */
export async function openStallingRegistry(address = '127.0.0.1'): Promise<OddRegistry> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    host: `${address}:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
