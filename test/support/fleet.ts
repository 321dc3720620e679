import { setTimeout as sleep } from 'node:timers/promises';
import {
  isResolved,
  newTaskId,
  type TaskDefinition,
  type TaskRequest,
  type TaskRun,
  type TaskStatus,
} from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { type Served, serve } from './download-server.ts';
import { freshId } from './pipeline.ts';
import { createRig, type Finished, type Rig, type Running } from './rig.ts';

export interface FleetOptions {
  /** Further words of `slipway server`. */
  readonly server?: readonly string[];
}

export interface FleetWorkerOptions {
  /** Further words of `slipway worker start`. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Its name within the group. @defaultValue one that no other has */
  readonly workerId?: string;
  /** @defaultValue the fleet's own server */
  readonly rootUrl?: string;
}

/** One line of a worker's own log. */
export type WorkerRecord = Readonly<Record<string, unknown>> & { readonly type: string };

export interface FleetWorker {
  readonly workerId: string;
  readonly running: Running;
  readonly finished: Promise<Finished>;
  /** What it has said until now. */
  records(): readonly WorkerRecord[];
  signal(name: NodeJS.Signals): void;
}

/** A real server, and real workers of its queue `local/docker` on the real engine. Dispose of it to end them all. */
export interface Fleet extends AsyncDisposable {
  readonly rig: Rig;
  readonly server: Served;
  readonly rootUrl: string;
  readonly queue: QueueClient;
  /** Resolves when it claims. */
  startWorker(options?: FleetWorkerOptions): Promise<FleetWorker>;
  createTask(payload: TaskDefinition['payload'], more?: Partial<TaskRequest>): Promise<string>;
  /** As soon as all runs have ended. */
  resolved(taskId: string): Promise<TaskStatus>;
  /** As soon as a run is in a state. */
  runIs(taskId: string, runId: number, state: TaskRun['state']): Promise<TaskRun>;
  /** The whole log, once it has ended. */
  log(taskId: string, runId?: number): Promise<string>;
  /** An artifact's answer, redirects followed and compression undone. */
  artifact(taskId: string, name: string, runId?: number): Promise<Response>;
}

const DAY_MS = 86_400_000;
const RESOLVED_MS = 120_000;

function definition(payload: TaskDefinition['payload'], more: Partial<TaskRequest>): TaskRequest {
  const now = Date.now();
  return {
    provisionerId: 'local',
    workerType: 'docker',
    created: new Date(now).toISOString(),
    deadline: new Date(now + DAY_MS).toISOString(),
    expires: new Date(now + 2 * DAY_MS).toISOString(),
    payload,
    metadata: {
      name: 'test',
      description: 'a test',
      owner: 'test@example.com',
      source: 'http://example.com',
    },
    ...more,
  };
}

/** Starts a server; workers come with `startWorker`. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  await using opened = new AsyncDisposableStack();
  const rig = opened.use(createRig());
  const server = await serve(rig, ['server', '--port', '0', ...(options.server ?? [])]);
  const rootUrl = server.url.replace(/\/+$/, '');
  const queue = opened.use(openQueueClient({ rootUrl }));
  const workers: FleetWorker[] = [];
  opened.defer(() => endAll(workers));
  const owned = opened.move();
  return {
    ...{ rig, server, rootUrl, queue },
    async startWorker(given = {}) {
      const worker = launch(rig, { rootUrl, workerId: freshId('w'), ...given });
      workers.push(worker);
      await worker.running.waitFor('"type":"start"');
      return worker;
    },
    async createTask(payload, more = {}) {
      const taskId = newTaskId();
      await queue.createTask(taskId, definition(payload, more));
      return taskId;
    },
    resolved: (taskId) => untilResolved(queue, taskId),
    runIs: (taskId, runId, state) => untilRun(queue, taskId, { runId, state }),
    log: async (taskId, runId) => await (await fetchArtifact(queue, taskId, LOG, runId)).text(),
    artifact: (taskId, name, runId) => fetchArtifact(queue, taskId, name, runId),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const LOG = 'public/logs/live.log';

function launch(
  rig: Rig,
  {
    rootUrl,
    workerId,
    words = [],
    environment = {},
  }: FleetWorkerOptions & { rootUrl: string; workerId: string },
): FleetWorker {
  const names = ['--worker-type', 'docker', '--worker-group', 'test', '--worker-id', workerId];
  const running = rig.start(
    ['worker', 'start', '--root-url', rootUrl, ...names, '--output', 'json', ...words],
    { environment },
  );
  let text = '';
  running.process.stdout?.on('data', (piece: string) => {
    text += piece;
  });
  return {
    ...{ workerId, running, finished: running.finished },
    records: () =>
      text
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    signal: (name) => void running.process.kill(name),
  };
}

/** Workers take their containers and networks with them; one that was frozen has to wake up for it. */
async function endAll(workers: readonly FleetWorker[]): Promise<void> {
  for (const worker of workers) {
    worker.signal('SIGCONT');
    worker.signal('SIGTERM');
  }
  await Promise.all(workers.map(({ finished }) => finished));
}

async function untilResolved(queue: QueueClient, taskId: string): Promise<TaskStatus> {
  const signal = AbortSignal.timeout(RESOLVED_MS);
  for (;;) {
    const status = await queue.waitResolved(taskId, undefined, { signal });
    if (isResolved(status.state)) return status;
  }
}

async function untilRun(
  queue: QueueClient,
  taskId: string,
  { runId, state }: { readonly runId: number; readonly state: TaskRun['state'] },
): Promise<TaskRun> {
  const signal = AbortSignal.timeout(RESOLVED_MS);
  for (;;) {
    const status = isResolved(state)
      ? await queue.waitResolved(taskId, runId, { signal })
      : await queue.status(taskId, { signal });
    const run = status.runs[runId];
    if (run?.state === state) return run;
    if (run !== undefined && isResolved(run.state))
      throw new Error(`run ${runId} of ${taskId} is ${run.state} (${run.reasonResolved}), and not ${state}`);
    await sleep(20); // nothing tells when a run begins
  }
}

async function fetchArtifact(
  queue: QueueClient,
  taskId: string,
  name: string,
  runId: number | undefined,
): Promise<Response> {
  const run = runId === undefined ? '' : `/runs/${runId}`;
  const path = name.split('/').map(encodeURIComponent).join('/');
  const response = await queue.fetch(`/api/queue/v1/task/${taskId}${run}/artifacts/${path}`, {
    redirect: 'manual',
  });
  const location = response.headers.get('location');
  return location === null ? response : await fetch(new URL(location, queue.rootUrl));
}
