import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Engine } from '../../../engine/index.ts';
import type { Claim, TaskRequest } from '../../../queue-api/index.ts';
import { NO_SPAN } from '../../../telemetry/index.ts';
import type { WorkerSettings } from '../../settings.ts';
import { newFindings } from '../../task/findings.ts';
import { openTaskLog } from '../../task/log/open-task-log.ts';
import type { RunAbort } from '../../task/resolution.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { FakeQueue } from '../../testing/fake-queue.ts';
import { TEST_IDENTITY, testSettings } from '../../testing/settings.ts';

export interface FeatureRigOptions {
  readonly task?: Partial<TaskRequest>;
  readonly scopes?: readonly string[];
  readonly settings?: Partial<WorkerSettings>;
  readonly isSlipway?: boolean;
  /** @defaultValue one whose every method throws */
  readonly engine?: Engine;
  readonly now?: () => number;
  /** Answers instead of the store and the log routes; `false`: these do. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** What was put somewhere. */
export interface Stored {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Decompressed, as text. */
  readonly text: string;
}

/** One claimed run, its queue, and a server that stores what is uploaded and takes its live log. */
export interface FeatureRig extends AsyncDisposable {
  readonly task: TaskContext;
  readonly queue: FakeQueue;
  readonly rootUrl: string;
  readonly records: { readonly type: string; readonly fields: unknown }[];
  /** Of artifacts, by name. */
  readonly stored: ReadonlyMap<string, Stored>;
  readonly live: { text: string; hasEnded: boolean; parts: number };
  abort(reason: RunAbort): void;
  /** It is too late to store anything. */
  leave(): void;
  /** Tells of a reclaim. */
  renew(credentials: Claim['credentials']): void;
}

const NO_ENGINE = new Proxy({} as Engine, {
  // Any method: nothing of the engine may be used.
  get: (_target, name) => () => Promise.reject(new Error(`this test has no engine (${String(name)})`)),
});

export async function createFeatureRig(options: FeatureRigOptions = {}): Promise<FeatureRig> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-feature-'));
  const live = { text: '', hasEnded: false, parts: 0 };
  const stored = new Map<string, Stored>();
  const server = createServer((request, response) => {
    if (options.answer?.(request, response)) return;
    void take(request, { stored, live }).then((status) => response.writeHead(status).end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const rootUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const queue = new FakeQueue({
    rootUrl,
    isSlipway: options.isSlipway ?? true,
    putUrl: (_task, _run, name) => `${rootUrl}/store/${encodeURIComponent(name)}`,
    fetch: (path, init) => fetch(rootUrl + path, init),
  });
  queue.add(options.task);
  const [claim] = await queue.claimWork('test/worker', { workerGroup: 'group', workerId: 'one', tasks: 1 });
  if (claim === undefined) throw new Error('the fake queue gave no task');
  const ending = new AbortController();
  const leaving = new AbortController();
  const listeners = new Set<(credentials: Claim['credentials']) => void>();
  const records: { type: string; fields: unknown }[] = [];
  const now = options.now ?? Date.now;
  const task: TaskContext = {
    claim,
    taskId: claim.status.taskId,
    runId: claim.runId,
    identity: TEST_IDENTITY,
    settings: testSettings(folder, options.settings),
    engine: options.engine ?? NO_ENGINE,
    queue,
    onCredentials(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    log: await openTaskLog({ folder, maxBytes: 100_000_000, now }),
    signal: ending.signal,
    span: NO_SPAN,
    gone: leaving.signal,
    scopes: options.scopes ?? claim.task.scopes,
    startedAt: now(),
    now,
    folder,
    record: (type, fields) => void records.push({ type, fields }),
    garbage: {
      removeContainer: (id) => (options.engine ?? NO_ENGINE).removeContainer(id),
      imageUsed: () => undefined,
    },
    findings: newFindings(),
    labels: { 'io.slipway.test': 'features' },
    network: { name: 'bridge', gateway: '127.0.0.1' },
  };
  return {
    task,
    queue,
    rootUrl,
    records,
    stored,
    live,
    abort: (reason) => ending.abort(reason),
    leave: () => leaving.abort(new Error('too late')),
    renew: (credentials) => {
      for (const listener of listeners) listener(credentials);
    },
    async [Symbol.asyncDispose]() {
      await task.log.end();
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function take(
  request: IncomingMessage,
  { stored, live }: { stored: Map<string, Stored>; live: FeatureRig['live'] },
): Promise<number> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://rig');
  const isLog = pathname.includes('/log/');
  if (isLog && pathname.endsWith('/end')) {
    request.resume();
    live.hasEnded = true;
    return 200;
  }
  if (isLog) {
    live.parts += 1;
    let skip = live.text.length - Number(searchParams.get('offset'));
    for await (const piece of request as AsyncIterable<Buffer>) {
      live.text += piece.subarray(Math.max(0, skip)).toString('latin1');
      skip -= piece.length;
    }
    return 200;
  }
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
  stored.set(decodeURIComponent(pathname.slice('/store/'.length)), { headers: request.headers, body, text });
  return 200;
}
