import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { packItems, type TarItem } from '../../archive/index.ts';

/** One answer; what is left out is ordinary. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string | object;
  /** `reset`: cuts the connection at once; `truncate`: after half of the body; `stall`: sends half and then nothing. */
  readonly fault?: 'reset' | 'truncate' | 'stall' | 'silence';
}

export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A web server of a test, with answers by path. A list of answers is used up one by one; the last one stays. */
export interface StepServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  answer(path: string, ...replies: (Reply | ((seen: Seen) => Reply))[]): void;
}

export async function startStepServer(): Promise<StepServer> {
  const routes = new Map<string, (Reply | ((seen: Seen) => Reply))[]>();
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const call = { path: request.url ?? '', headers: request.headers };
    seen.push(call);
    const replies = routes.get(call.path) ?? [{ status: 404 }];
    const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
    send(response, typeof reply === 'function' ? reply(call) : reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    answer: (path, ...replies) => routes.set(path, replies),
    [Symbol.asyncDispose]: () => close(server),
  };
}

function send(response: ServerResponse, reply: Reply): void {
  const { status = 200, headers = {}, body = '', fault } = reply;
  if (fault === 'reset') response.destroy();
  if (fault === 'reset' || fault === 'silence') return;
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  if (fault === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => fault === 'truncate' && response.destroy());
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The archive of a step, as a registry has it. */
export async function stepArchive(
  files: Readonly<Record<string, string>>,
  more: TarItem[] = [],
): Promise<Buffer> {
  const items = Object.entries(files).map(([name, content]): TarItem => ({ type: 'file', name, content }));
  const parts: Buffer[] = [];
  for await (const part of packItems([...items, ...more])) parts.push(part);
  return gzipSync(Buffer.concat(parts));
}
