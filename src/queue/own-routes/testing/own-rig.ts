import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Client,
  createAuthenticator,
  createClaimCredentials,
  signRequest,
  signUrl,
} from '../../../auth/index.ts';
import { createStreamShares } from '../../../kernel/index.ts';
import { type LogStore, openFolderLogs } from '../../../logs/index.ts';
import {
  createServerLogger,
  createServerMetrics,
  type ServerLimits,
  startServer,
} from '../../../server/index.ts';
import { type ObjectStore, openStore } from '../../../store/index.ts';
import type { ArtifactUrls } from '../../artifact-urls.ts';
import { createArtifactUrls } from '../../content/index.ts';
import { baseUrlOf } from '../../service/index.ts';
import { createLogKeeper, type LogKeeper, OWN_BASE, ownRoutes } from '../index.ts';
import { createFakeQueue, type FakeQueue } from './fake-queue.ts';

/** A server with these routes alone, on a queue in memory. */
export interface OwnRig extends AsyncDisposable {
  readonly url: string;
  readonly fake: FakeQueue;
  readonly logs: LogStore;
  readonly store: ObjectStore;
  readonly keeper: LogKeeper;
  readonly urls: ArtifactUrls;
  readonly clock: { now: number };
  /** Lines of the server's log. */
  readonly lines: readonly string[];
  /** A route of a run: `log/public%2Fa`. */
  path(taskId: string, rest: string): string;
  /** The header that signs a request as the worker of run 0. */
  sign(taskId: string, method: string, path: string, scopes?: readonly string[]): string;
  /** A URL that anybody may GET with the rights of a task. */
  signed(taskId: string, path: string, scopes: readonly string[]): string;
  stop(): void;
}

export interface OwnRigOptions {
  readonly mode?: 'open' | 'closed';
  readonly anonymousScopes?: readonly string[];
  readonly logs?: (folder: string) => Promise<LogStore>;
  readonly store?: (folder: string) => Promise<ObjectStore>;
  readonly limits?: Partial<ServerLimits>;
  readonly stallTimeoutMs?: number;
  /** That one may have at once. */
  readonly streams?: number;
  /** How long a log may still come after its run. @defaultValue 0 */
  readonly graceMs?: number;
}

const ISSUER: Client = { clientId: 'slipway/queue', accessToken: 'not-a-secret-of-anybody', scopes: ['*'] };

export async function openOwnRig(options: OwnRigOptions = {}): Promise<OwnRig> {
  const { mode = 'open', anonymousScopes, limits = {}, stallTimeoutMs, streams, graceMs = 0 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'slipway-own-'));
  const clock = { now: Date.now() };
  const now = (): number => clock.now;
  const fake = createFakeQueue();
  const openLogs = options.logs ?? ((at: string) => openFolderLogs({ folder: join(at, 'logs') }));
  const openTheStore =
    options.store ?? ((at: string) => openStore({ type: 'folder', folder: join(at, 'store') }));
  const [logs, store] = await Promise.all([openLogs(folder), openTheStore(folder)]);
  const errors: unknown[] = [];
  const keeper = createLogKeeper({
    queue: fake.queue,
    logs,
    now,
    graceMs,
    onError: (error) => errors.push(error),
  });
  const lines: string[] = [];
  const metrics = createServerMetrics();
  const stopping = new AbortController();
  const contentKey = Buffer.alloc(32, 7);
  const isPublic = (name: string): boolean => name.startsWith('public/');
  const urls = createArtifactUrls({ key: contentKey, now, isPublic });
  const authenticate = createAuthenticator({
    clients: () => undefined,
    issuerKey: ISSUER,
    mode,
    now,
    ...(anonymousScopes !== undefined && { anonymousScopes }),
  });
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    routes: [
      ownRoutes({
        queue: fake.queue,
        departures: { leave: () => {} },
        logs,
        keeper,
        shares: createStreamShares({ trustProxy: false, ...(streams !== undefined && { most: streams }) }),
        store,
        urls,
        contentKey,
        meter: metrics.downloads,
        authenticate,
        baseUrlOf: baseUrlOf({ trustProxy: false }),
        stopping: stopping.signal,
        now,
        version: '1.2.3',
        ...(stallTimeoutMs !== undefined && { stallTimeoutMs }),
      }),
    ],
    logger: createServerLogger({
      stream: { write: (line: string) => lines.push(line) },
      format: 'json',
      debug: true,
    }),
    metrics,
    drainTimeoutMs: 1_000,
    limits,
  });
  const credentialsOf = (taskId: string, scopes: readonly string[]) =>
    createClaimCredentials({
      issuer: ISSUER,
      taskId,
      runId: 0,
      workerGroup: 'g',
      workerId: 'w',
      takenUntil: clock.now + 60_000,
      scopes,
      now: clock.now,
    });
  return {
    url: server.url,
    fake,
    logs,
    store,
    keeper,
    urls,
    clock,
    lines,
    path: (taskId, rest) => `${OWN_BASE}/task/${taskId}/runs/0/${rest}`,
    sign(taskId, method, path, scopes = []) {
      const url = new URL(path, server.url);
      return signRequest(method, url, { credentials: credentialsOf(taskId, scopes), now: clock.now });
    },
    signed(taskId, path, scopes) {
      const expiresAt = clock.now + 60_000;
      const credentials = credentialsOf(taskId, scopes);
      return signUrl(new URL(path, server.url), { credentials, expiresAt, now: clock.now }).href;
    },
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await server[Symbol.asyncDispose]();
      await keeper[Symbol.asyncDispose]();
      await Promise.all([logs[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
      await rm(folder, { recursive: true, force: true });
      if (errors.length > 0) throw errors[0];
    },
  };
}
