import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Engine, openEngine } from '../../src/engine/index.ts';
import { type ServedQueue, serveQueue } from '../../src/queue/testing/serve-queue.ts';
import { newTaskId, type TaskRequest, type TaskStatus } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import type { WorkerSettings } from '../../src/worker/settings.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import { openTaskParts } from '../../src/worker/task/open-task-parts.ts';
import { TEST_IDENTITY, testSettings } from '../../src/worker/testing/settings.ts';

const ROOT = { clientId: 'root', accessToken: 'a-token-for-tests-only', scopes: ['*'] };
const HOUR_MS = 3_600_000;

/** A queue, and a worker of it with the real engine, both in this process. */
export interface TaskWorker extends AsyncDisposable {
  readonly queue: QueueClient;
  readonly served: ServedQueue;
  readonly records: readonly { readonly type: string; readonly [field: string]: unknown }[];
  /** Makes a task; resolves when the queue has it. */
  create(payload: TaskRequest['payload'], more?: Partial<TaskRequest>): Promise<string>;
  /** Makes a task and waits for its end. */
  run(payload: TaskRequest['payload'], more?: Partial<TaskRequest>): Promise<EndedTask>;
  ended(taskId: string): Promise<EndedTask>;
  /** Of the last run, decompressed. */
  artifact(taskId: string, name: string): Promise<Response>;
  /** Resolves when the live log has the text. */
  logHas(taskId: string, text: string): Promise<void>;
}

export interface EndedTask {
  readonly taskId: string;
  readonly status: TaskStatus;
  /** State and reason of the last run: `failed/failed`. */
  readonly how: string;
  readonly log: string;
}

export interface TaskWorkerOptions {
  readonly settings?: Partial<WorkerSettings>;
  /** Stands between the worker and the engine. */
  readonly engine?: (real: Engine) => Engine;
}

export async function startTaskWorker(options: TaskWorkerOptions = {}): Promise<TaskWorker> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-task-worker-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const served = opened.use(await serveQueue({ clients: [ROOT] }));
  const queue = opened.use(openQueueClient({ rootUrl: served.url, credentials: () => ROOT }));
  const real = opened.use(await openEngine({ environment: process.env }));
  const records: { type: string; [field: string]: unknown }[] = [];
  const worker = await startWorker({
    identity: TEST_IDENTITY,
    settings: testSettings(folder, { capacity: 4, ...options.settings }),
    engine: options.engine?.(real) ?? real,
    queue,
    openParts: openTaskParts,
    write: () => undefined,
    onRecord: (type, fields) => void records.push({ ...fields, type }),
    alivenessCheckMs: 30_000,
    unhealthyLimitMs: 60_000,
  });
  opened.defer(async () => {
    worker.stop({ kind: 'immediate', reason: 'requested' });
    await worker.ended;
  });
  const artifact = async (taskId: string, name: string): Promise<Response> => {
    const content = await queue.artifactContent(taskId, undefined, name);
    if (!('url' in content)) throw new Error(`${name} is ${content.storageType}`);
    return await fetch(content.url);
  };
  const create: TaskWorker['create'] = async (payload, more = {}) => {
    const taskId = newTaskId();
    const now = Date.now();
    await queue.createTask(taskId, {
      provisionerId: 'test',
      workerType: 'worker',
      created: new Date(now).toISOString(),
      deadline: new Date(now + HOUR_MS).toISOString(),
      metadata: { name: 'test', description: '', owner: 'nobody@example.com', source: 'https://example.com' },
      ...more,
      payload,
    });
    return taskId;
  };
  const ended: TaskWorker['ended'] = async (taskId) => {
    let status = await queue.waitResolved(taskId, 0);
    while (!['completed', 'failed', 'exception'].includes(status.state))
      status = await queue.waitResolved(taskId, 0);
    const run = status.runs.at(0);
    const log = await artifact(taskId, 'public/logs/live.log').then(
      (answer) => answer.text(),
      () => '',
    );
    return { taskId, status, how: `${run?.state}/${run?.reasonResolved}`, log };
  };
  const all = opened.move();
  return {
    queue,
    served,
    records,
    create,
    ended,
    run: async (payload, more) => await ended(await create(payload, more)),
    artifact,
    async logHas(taskId, text) {
      await vi.waitFor(
        async () => {
          const route = `/api/slipway/v1/task/${taskId}/runs/0/log/public/logs/live.log?follow=false`;
          const log = await (await queue.fetch(route)).text();
          if (!log.includes(text)) throw new Error(`the log has no "${text}" yet: ${log}`);
        },
        { timeout: 60_000 },
      );
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
