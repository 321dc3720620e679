import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerMetrics } from './metrics.ts';
import type { Health } from './watch-health.ts';

export interface ServeHealthOptions {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** `undefined` while the worker starts. */
  readonly state: () =>
    | { readonly capacity: number; readonly running: number; readonly trouble: Health['trouble'] }
    | undefined;
  readonly metrics: WorkerMetrics;
}

const HEADERS_MS = 10_000;
const JSON_TYPE = 'application/json';

/** Serves `/healthz`, `/livez` and `/metrics`. Throws the system's error when the address cannot be listened on. */
export async function serveHealth(
  options: ServeHealthOptions,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: HEADERS_MS },
    (request, response) => {
      const path = request.url?.split('?')[0];
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (isRead && path === '/healthz') return answerHealth(options, response);
      // To start it again would bring back neither an engine nor room on a disk.
      if (isRead && path === '/livez') return answer(response, 200, JSON_TYPE, '{"status":"ok"}');
      if (isRead && path === '/metrics') return void answerMetrics(options, response);
      answer(
        response,
        isRead ? 404 : 405,
        'text/plain; charset=utf-8',
        'there is /healthz, /livez and /metrics\n',
      );
    },
  );
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { address, port, family } = server.address() as AddressInfo; // of a TCP server that listens
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}

function answerHealth({ state }: ServeHealthOptions, response: ServerResponse): void {
  const now = state();
  const isWell = now !== undefined && now.trouble === undefined;
  const body =
    now === undefined
      ? { status: 'starting' }
      : {
          status: isWell ? 'ok' : 'trouble',
          capacity: now.capacity,
          running: now.running,
          ...(now.trouble && { trouble: now.trouble.what, why: now.trouble.why }),
        };
  answer(response, isWell ? 200 : 503, JSON_TYPE, `${JSON.stringify(body)}\n`);
}

async function answerMetrics({ metrics }: ServeHealthOptions, response: ServerResponse): Promise<void> {
  try {
    const { text, contentType } = await metrics.render();
    answer(response, 200, contentType, text);
  } catch {
    answer(response, 500, 'text/plain; charset=utf-8', 'the figures could not be gathered\n');
  }
}
