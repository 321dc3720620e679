import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was put somewhere. */
export interface StoredBytes {
  readonly bytes: Buffer;
  readonly headers: IncomingMessage['headers'];
}

/** A store over HTTP that keeps what it is given in memory, and gives it back. */
export interface ArtifactStore extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** By path, such as `/<taskId>/<runId>/<name>`. */
  readonly stored: Map<string, StoredBytes>;
  /** How many PUTs have come. */
  readonly puts: number;
  /** What the next requests get in the place of an answer. */
  fail(...faults: readonly Fault[]): void;
}

/** A status; or the connection is cut after so many bytes; or nothing is answered. */
type Fault = { readonly status: number } | { readonly cutAfterBytes: number } | 'silence';

export async function openArtifactStore(): Promise<ArtifactStore> {
  const stored = new Map<string, StoredBytes>();
  const faults: Fault[] = [];
  let puts = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'PUT') puts += 1;
    const fault = faults.shift();
    const path = decodeURIComponent(request.url ?? '');
    const bytes = await take(request, fault);
    if (fault === 'silence' || bytes === undefined) return;
    if (fault !== undefined && 'status' in fault)
      response.writeHead(fault.status).end('the store is not well');
    else if (request.method === 'PUT') {
      stored.set(path, { bytes, headers: request.headers });
      response.writeHead(200).end();
    } else give(stored.get(path), response);
  };
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    stored,
    get puts() {
      return puts;
    },
    fail: (...more) => void faults.push(...more),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function take(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request) {
    pieces.push(piece);
    sizeBytes += piece.length;
    if (typeof fault !== 'object' || !('cutAfterBytes' in fault) || sizeBytes < fault.cutAfterBytes) continue;
    request.socket.destroy();
    return undefined;
  }
  return Buffer.concat(pieces);
}

function give(found: StoredBytes | undefined, response: ServerResponse): void {
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { 'content-type': type = '', 'content-encoding': encoding } = found.headers;
  response.writeHead(200, {
    'content-type': type,
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  });
  response.end(found.bytes);
}
