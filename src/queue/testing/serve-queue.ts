import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import type { Client } from '../../auth/index.ts';
import { type DatabaseLocation, openDatabase } from '../../database/index.ts';
import { openFolderLogs } from '../../logs/index.ts';
import { openStore } from '../../store/index.ts';
import type { Queue } from '../queue.ts';
import { openQueueServer, QUEUE_SERVER_MIGRATIONS, type QueueServer } from '../serve/open-queue-server.ts';

export interface ServeQueueOptions {
  /** @defaultValue none: then the queue is open, and who does not sign may everything */
  readonly clients?: readonly Client[];
  /** @defaultValue `open` without clients */
  readonly access?: 'open' | 'closed';
  /** @defaultValue a SQLite file in a temporary folder */
  readonly database?: DatabaseLocation;
  readonly claimTimeoutMs?: number;
  /** @defaultValue 20 seconds */
  readonly claimWaitMs?: number;
  readonly rootUrl?: string;
  /** @defaultValue false */
  readonly trustProxy?: boolean;
  /** Looks at every answer with its schema. @defaultValue true */
  readonly checkAnswers?: boolean;
}

/** A queue with all its routes on a port of 127.0.0.1. Dispose it to stop it; its temporary folder goes with it. */
export interface ServedQueue extends AsyncDisposable {
  /** `http://127.0.0.1:40001` */
  readonly url: string;
  readonly queue: Queue;
  readonly server: QueueServer;
  /** What failed beside the requests. */
  readonly errors: readonly unknown[];
  /** As the server does when it begins to stop: who waits is answered. */
  stop(): void;
}

/** Serves a queue for a test. */
export async function serveQueue(options: ServeQueueOptions = {}): Promise<ServedQueue> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-queue-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const { clients = [], database: location = { type: 'sqlite', file: join(folder, 'queue.db') } } = options;
  const database = opened.use(await openDatabase({ location, migrations: QUEUE_SERVER_MIGRATIONS }));
  const store = opened.use(await openStore({ type: 'folder', folder: join(folder, 'store') }));
  const logs = opened.use(await openFolderLogs({ folder: join(folder, 'logs') }));
  const stopping = new AbortController();
  const errors: unknown[] = [];
  const { claimTimeoutMs, claimWaitMs, rootUrl, trustProxy = false, checkAnswers = true } = options;
  const server = opened.use(
    await openQueueServer({
      database,
      store,
      logs,
      findClient: (id) => clients.find(({ clientId }) => clientId === id),
      access: options.access ?? (clients.length === 0 ? 'open' : 'closed'),
      isLoopback: true,
      trustProxy,
      downloads: { begin: () => () => undefined },
      version: 'test',
      stopping: stopping.signal,
      onError: (error) => errors.push(error),
      checkAnswers,
      ...(claimTimeoutMs !== undefined && { claimTimeoutMs }),
      ...(claimWaitMs !== undefined && { claimWaitMs }),
      ...(rootUrl !== undefined && { rootUrl }),
    }),
  );
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 16_384 } });
  for (const routes of server.routes) await app.register(routes);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo; // a server on a port has one of this kind
  opened.defer(async () => {
    stopping.abort();
    await app.close();
  });
  const all = opened.move();
  return {
    url: `http://127.0.0.1:${port}`,
    queue: server.queue,
    server,
    errors,
    stop: () => stopping.abort(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
