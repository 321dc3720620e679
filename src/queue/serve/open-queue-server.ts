import type { FastifyPluginAsync } from 'fastify';
import {
  AUTH_MIGRATIONS,
  type Authenticate,
  type Client,
  createAuthenticator,
  openServerKeys,
  PUBLIC_SCOPES,
  refuseForeignPages,
  SESSION_MIGRATIONS,
  type ServerKeys,
  type Sessions,
  satisfies,
} from '../../auth/index.ts';
import type { Database, Migration } from '../../database/index.ts';
import type { DownloadMeter } from '../../download/index.ts';
import { createStreamShares, type StreamShares } from '../../kernel/index.ts';
import type { LogStore } from '../../logs/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import { openDepartures } from '../claims/departures.ts';
import { createArtifactUrls, createContentRemover } from '../content/index.ts';
import {
  createCompletedIndexer,
  NEIGHBOUR_MIGRATIONS,
  neighbourRoutes,
  openPurgeRequests,
  openTaskIndex,
} from '../neighbours/index.ts';
import { openQueue } from '../open-queue.ts';
import { createLogKeeper, ownRoutes } from '../own-routes/index.ts';
import type { Queue, QueueEvents } from '../queue.ts';
import { NO_METER, type QueueMeter } from '../routes/queue-meter.ts';
import { queueRoutes } from '../routes/queue-service.ts';
import { baseUrlOf, type Described } from '../service/index.ts';
import { SHELL_MIGRATIONS } from '../shell/between/migrations.ts';
import { shellRoutes } from '../shell/shell-routes.ts';
import { QUEUE_MIGRATIONS } from '../sql/migrations.ts';

/** The tables of all that a server of the queue keeps in its database. */
export const QUEUE_SERVER_MIGRATIONS: readonly Migration[] = [
  ...QUEUE_MIGRATIONS,
  ...AUTH_MIGRATIONS,
  ...SESSION_MIGRATIONS,
  ...NEIGHBOUR_MIGRATIONS,
  ...SHELL_MIGRATIONS,
];

export interface QueueServerOptions {
  /** Opened with `QUEUE_SERVER_MIGRATIONS`; it, the store and the logs stay open until after this is disposed. */
  readonly database: Database;
  /** Where the bytes of artifacts are; one for all servers of the database. */
  readonly store: ObjectStore;
  /** Where logs grow; one for all servers of the database. */
  readonly logs: LogStore;
  /** Permanent clients by their id. */
  readonly findClient: (clientId: string) => Client | undefined;
  /** Those of the server's page. Absent: there are none. */
  readonly sessions?: Pick<Sessions, 'find'>;
  /** `open`: who does not sign may everything, unless a web page of others sent it. */
  readonly access: 'open' | 'closed';
  /** Whether only this machine can reach the server. */
  readonly isLoopback: boolean;
  /** How clients call the server; absent: as each one does. */
  readonly rootUrl?: string;
  /** Whether `X-Forwarded-…` is believed. */
  readonly trustProxy: boolean;
  readonly claimTimeoutMs?: number;
  /** How long a claim waits for a task. @defaultValue 20 seconds */
  readonly claimWaitMs?: number;
  readonly meter?: QueueMeter;
  readonly events?: QueueEvents;
  readonly downloads: DownloadMeter;
  /** Of streams, where others give some too. @defaultValue the queue's own */
  readonly shares?: StreamShares;
  /** Of this program. */
  readonly version: string;
  /** Aborts when the server begins to stop: who waits is answered then. */
  readonly stopping: AbortSignal;
  /** Told what failed beside the requests; it is tried again. */
  readonly onError: (error: unknown) => void;
  /** Services of others below `/api/slipway/v1`. */
  readonly alsoDescribes?: readonly Described[];
  /** See `ServiceRoutesOptions`. */
  readonly checkAnswers?: boolean;
}

/** A queue with all its routes. Dispose it after the server that has them. */
export interface QueueServer extends AsyncDisposable {
  readonly queue: Queue;
  readonly keys: ServerKeys;
  readonly authenticate: Authenticate;
  readonly routes: readonly FastifyPluginAsync[];
}

/** Opens a queue, and all that is asked of it over HTTP. Throws `DatabaseError`. */
export async function openQueueServer(options: QueueServerOptions): Promise<QueueServer> {
  await using opened = new AsyncDisposableStack();
  const { database, store, logs, stopping, onError, meter = NO_METER } = options;
  const now = Date.now;
  const keys = await openServerKeys(database);
  const queue = opened.use(
    await openQueue({
      database,
      onArtifactsExpired: createContentRemover(store),
      onError,
      ...(options.claimTimeoutMs !== undefined && { claimTimeoutMs: options.claimTimeoutMs }),
      ...(options.events !== undefined && { events: options.events }),
    }),
  );
  const keeper = opened.use(createLogKeeper({ queue, logs, now, onError }));
  const authenticate = authenticatorOf(options, keys);
  const contentKey = keys.keyFor('content of artifacts');
  const isPublic = (name: string): boolean => satisfies(PUBLIC_SCOPES, `queue:get-artifact:${name}`);
  const urls = createArtifactUrls({ key: contentKey, now, isPublic });
  const { version, downloads, rootUrl, claimWaitMs, alsoDescribes = [], checkAnswers = false } = options;
  const { shares = createStreamShares(options) } = options;
  const departures = opened.use(openDepartures(database));
  const index = openTaskIndex(database, now);
  const shared = {
    authenticate,
    baseUrlOf: baseUrlOf(options),
    stopping,
    now,
    queue,
    urls,
    version,
    departures,
  };
  const routes = [
    queueRoutes({
      ...shared,
      issuer: keys.issuer,
      meter,
      indexCompleted: createCompletedIndexer(database, index),
      checkAnswers,
      ...(claimWaitMs !== undefined && { claimWaitMs }),
    }),
    neighbourRoutes({
      ...shared,
      index,
      store,
      purges: openPurgeRequests(database, now),
      issuer: keys.issuer,
      checkAnswers,
    }),
    ownRoutes({ ...shared, store, logs, keeper, contentKey, meter: downloads, shares, alsoDescribes }),
    shellRoutes({ authenticate, database, onError, ...(rootUrl !== undefined && { rootUrl }) }),
  ];
  const all = opened.move();
  return { queue, keys, authenticate, routes, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function authenticatorOf(
  { access, findClient, isLoopback, rootUrl, trustProxy, sessions }: QueueServerOptions,
  keys: ServerKeys,
): Authenticate {
  const named = rootUrl === undefined ? {} : { rootUrl };
  const authenticate = createAuthenticator({
    clients: findClient,
    issuerKey: keys.issuer,
    mode: access,
    trustProxy,
    ...named,
    ...(sessions !== undefined && { sessions }),
  });
  return access === 'open' ? refuseForeignPages(authenticate, { isLoopback, ...named }) : authenticate;
}
