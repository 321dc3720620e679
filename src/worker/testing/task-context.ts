import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Engine } from '../../engine/index.ts';
import type { JsonObject, TaskRequest } from '../../queue-api/index.ts';
import { NO_SPAN } from '../../telemetry/index.ts';
import { artifactsFeature } from '../artifacts/index.ts';
import { type Caches, openCaches } from '../caches/index.ts';
import { createImageManager } from '../images/index.ts';
import type { WorkerSettings } from '../settings.ts';
import type { Feature } from '../task/feature.ts';
import { newFindings } from '../task/findings.ts';
import { openTaskLog } from '../task/log/open-task-log.ts';
import { type Resolution, RunAbort } from '../task/resolution.ts';
import { createTaskRunner, type RunnerParts } from '../task/run-task.ts';
import type { TaskContext } from '../task/task-context.ts';
import { type ArtifactStore, openArtifactStore } from './artifact-store.ts';
import { FakeQueue } from './fake-queue.ts';
import { TEST_IDENTITY, testSettings } from './settings.ts';

export interface TaskRigOptions {
  readonly engine: Engine;
  readonly settings?: Partial<WorkerSettings>;
  /** Where tasks' containers are. @defaultValue `bridge`, which every Docker engine has */
  readonly network?: TaskContext['network'];
  /** Of containers. @defaultValue `io.slipway.test: task` */
  readonly labels?: Readonly<Record<string, string>>;
  /** @defaultValue none but the artifacts' */
  readonly features?: readonly Feature[];
  readonly runPipeline?: RunnerParts['runPipeline'];
}

/** What became of one run. */
export interface FinishedRun {
  readonly resolution: Resolution;
  readonly log: string;
  readonly taskId: string;
  readonly task: TaskContext;
}

export interface RunOptions extends Partial<Pick<TaskContext, 'cpuset' | 'now'>> {
  readonly scopes?: readonly string[];
  /** Beside payload and scopes. */
  readonly task?: Partial<TaskRequest>;
  /** Gets the run when it begins. */
  readonly onStart?: (run: { readonly task: TaskContext; abort(reason: RunAbort['reason']): void }) => void;
}

/** Runs tasks as a worker does, with a queue in memory and a store of its own. */
export interface TaskRig extends AsyncDisposable {
  readonly queue: FakeQueue;
  readonly store: ArtifactStore;
  readonly caches: Caches;
  readonly folder: string;
  readonly records: { readonly type: string; readonly fields: Readonly<Record<string, unknown>> }[];
  run(payload: JsonObject, options?: RunOptions): Promise<FinishedRun>;
  /** Of an artifact of a run 0, decompressed. */
  artifact(taskId: string, name: string): string | undefined;
}

export async function createTaskRig(options: TaskRigOptions): Promise<TaskRig> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-task-'));
  const store = await openArtifactStore();
  const queue = new FakeQueue({
    putUrl: (taskId, runId, name) => `${store.url}/${taskId}/${runId}/${encodeURIComponent(name)}`,
  });
  const records: TaskRig['records'] = [];
  const record: TaskContext['record'] = (type, fields = {}) => void records.push({ type, fields });
  const caches = await openCaches({ folder: join(folder, 'caches'), record });
  const features = [artifactsFeature, ...(options.features ?? [])];
  const runTask = createTaskRunner({
    features: { start: (task) => ({ active: features.map((feature) => feature.start(task)) }) },
    images: createImageManager(),
    caches,
    ...(options.runPipeline && { runPipeline: options.runPipeline }),
  });
  const rig = { options, folder, queue, record };
  return {
    queue,
    store,
    caches,
    folder,
    records,
    async run(payload, run = {}) {
      const { task, abort, removed } = await claimedTask(rig, payload, run);
      run.onStart?.({ task, abort });
      const resolution = await runTask(task);
      const log = await logText(task);
      await Promise.all(removed);
      return { resolution, log, taskId: task.taskId, task };
    },
    artifact(taskId, name) {
      const found = store.stored.get(`/${taskId}/0/${name}`);
      if (found === undefined) return undefined;
      const isGzip = found.headers['content-encoding'] === 'gzip';
      return (isGzip ? gunzipSync(found.bytes) : found.bytes).toString();
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Rig {
  readonly options: TaskRigOptions;
  readonly folder: string;
  readonly queue: FakeQueue;
  readonly record: TaskContext['record'];
}

async function claimedTask({ options, folder, queue, record }: Rig, payload: JsonObject, run: RunOptions) {
  const { engine, settings, network = { name: 'bridge', gateway: '127.0.0.1' } } = options;
  queue.add({ payload, scopes: run.scopes ?? [], ...run.task });
  const worker = { workerGroup: 'group', workerId: 'one', tasks: 1 };
  const [claim] = await queue.claimWork('test/worker', worker);
  if (claim === undefined) throw new Error('the fake queue gave no task');
  const { taskId } = claim.status;
  const ending = new AbortController();
  const own = join(folder, taskId);
  await mkdir(own);
  const now = run.now ?? Date.now;
  const quick = { delayFactorMs: 1 };
  const all = testSettings(folder, settings);
  const removed: Promise<void>[] = [];
  const task: TaskContext = {
    ...{ claim, taskId, runId: claim.runId, identity: TEST_IDENTITY, engine, queue, record, network, now },
    settings: { ...all, image: { ...all.image, ...quick } },
    onCredentials: () => ({ [Symbol.dispose]: () => {} }),
    log: await openTaskLog({ folder: own, maxBytes: all.maxLogBytes, now }),
    signal: ending.signal,
    span: NO_SPAN,
    gone: new AbortController().signal,
    scopes: claim.task.scopes,
    startedAt: now(),
    folder: own,
    garbage: {
      removeContainer: (id) => {
        const removing = engine.removeContainer(id);
        removed.push(removing);
        return removing;
      },
      imageUsed: (image, used) => record('image used', { image, fetched: used?.fetched ?? false }),
    },
    findings: newFindings(),
    labels: options.labels ?? { 'io.slipway.test': 'task' },
    ...(run.cpuset !== undefined && { cpuset: run.cpuset }),
  };
  return { task, removed, abort: (reason: RunAbort['reason']) => ending.abort(new RunAbort(reason)) };
}

async function logText({ log }: TaskContext): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of log.read({ follow: false })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
