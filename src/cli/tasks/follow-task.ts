import { setTimeout as sleep } from 'node:timers/promises';
import { isResolved, type TaskRun, type TaskStatus } from '../../queue-api/index.ts';
import { type QueueClient, QueueClientError } from '../../queue-client/index.ts';

export interface FollowedTask {
  readonly queue: QueueClient;
  readonly taskId: string;
  /** Name of the artifact. */
  readonly logName: string;
  readonly signal: AbortSignal;
  /** A run begins to be shown. */
  readonly onRun?: (runId: number) => void;
  /** What it printed. */
  readonly onBytes: (bytes: Uint8Array, runId: number) => Promise<void> | void;
}

// A run that was claimed has a log a moment later; one that is pending has none yet.
const LOOK_AGAIN_MS = 250;
const PENDING_LOOK_MS = 500;

/**
 * Shows the logs of a task's runs, one after the other, from the one that is the last now until the task has ended, and
 * returns how it did. A connection that breaks goes on where it was. Throws `QueueClientError`, and `signal.reason`.
 */
export async function followTask(task: FollowedTask): Promise<TaskStatus> {
  const { queue, taskId, signal } = task;
  let status = await queue.status(taskId, { signal });
  for (let runId = Math.max(0, status.runs.length - 1); ; runId += 1) {
    status = await untilClaimed(task, runId, status);
    if (status.runs[runId] === undefined) return status;
    task.onRun?.(runId);
    await followRun({ ...task, runId });
    status = await untilResolved(task, runId);
    if (isResolved(status.state) && status.runs.length <= runId + 1) return status;
  }
}

/** Waits until the task has ended. */
export async function untilTaskResolved(
  queue: QueueClient,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskStatus> {
  for (;;) {
    const status = await queue.waitResolved(taskId, undefined, { signal });
    if (isResolved(status.state)) return status;
  }
}

/** Of one run: until it, not the task, has ended. */
async function untilResolved({ queue, taskId, signal }: FollowedTask, runId: number): Promise<TaskStatus> {
  for (;;) {
    const status = await queue.waitResolved(taskId, runId, { signal });
    const run = status.runs[runId];
    if (run === undefined || isResolved(run.state)) return status;
  }
}

async function untilClaimed(
  { queue, taskId, signal }: FollowedTask,
  runId: number,
  known: TaskStatus,
): Promise<TaskStatus> {
  for (let status = known; ; status = await queue.status(taskId, { signal })) {
    const run = status.runs[runId];
    if (run === undefined ? isResolved(status.state) : run.state !== 'pending') return status;
    await sleep(PENDING_LOOK_MS, undefined, { signal });
  }
}

export type FollowedRun = FollowedTask & {
  readonly runId: number;
  /** `false`: what is there now. @defaultValue true */
  readonly follow?: boolean;
};

/** Shows one run's log until it ends. A run that ends without one shows nothing. */
export async function followRun(run: FollowedRun): Promise<void> {
  const found = run.follow === false ? await logUrl(run) : await untilLog(run);
  if (found === undefined) return;
  const url = run.follow === false ? withoutFollowing(run, found) : found;
  for (let start = 0; ; ) {
    const end = await readOn(run, url, start);
    if (end.isWhole || run.follow === false) return;
    start = end.position;
    if (await hasEnded(run)) {
      // What came last may be in the stored log alone.
      const stored = await logUrl(run);
      if (stored !== undefined) await readOn(run, stored, start);
      return;
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: run.signal });
  }
}

/** Slipway's own log route ends at what is there when it is asked to. */
function withoutFollowing({ queue }: FollowedRun, address: string): string {
  const url = new URL(address);
  const isOurs = url.origin === new URL(queue.rootUrl).origin && url.pathname.startsWith('/api/slipway/');
  if (isOurs) url.searchParams.set('follow', 'false');
  return url.href;
}

async function untilLog(run: FollowedRun): Promise<string | undefined> {
  for (;;) {
    const ended = await hasEnded(run); // asked first: a log that comes just before the end is not missed
    const url = await logUrl(run);
    if (url !== undefined || ended) return url;
    await sleep(LOOK_AGAIN_MS, undefined, { signal: run.signal });
  }
}

async function hasEnded({ queue, taskId, runId, signal }: FollowedRun): Promise<boolean> {
  const run: TaskRun | undefined = (await queue.status(taskId, { signal })).runs[runId];
  return run === undefined || isResolved(run.state);
}

async function logUrl({ queue, taskId, runId, logName, signal }: FollowedRun): Promise<string | undefined> {
  try {
    const content = await queue.artifactContent(taskId, runId, logName, { signal });
    return 'url' in content ? content.url : undefined;
  } catch (error) {
    if (error instanceof QueueClientError && error.status === 404) return undefined;
    throw error;
  }
}

interface ReadEnd {
  readonly position: number;
  readonly isWhole: boolean;
}

/** Reads from a position of the log on; a server that begins at the front gets its beginning skipped. */
async function readOn(run: FollowedRun, url: string, start: number): Promise<ReadEnd> {
  let position = start;
  try {
    const answer = await openLog(run, url, start);
    if (!answer.ok || answer.body === null) return { position, isWhole: answer.status === 416 };
    let skip = answer.status === 206 ? 0 : start - Number(answer.headers.get('x-slipway-log-start') ?? 0);
    for await (const chunk of answer.body) {
      const bytes = chunk.subarray(Math.min(skip, chunk.length));
      skip -= chunk.length - bytes.length;
      position += bytes.length;
      if (bytes.length > 0) await run.onBytes(bytes, run.runId);
    }
    return { position, isWhole: true };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!(error instanceof TypeError)) throw error; // what fetch throws for a connection
    return { position, isWhole: false };
  }
}

/**
 * Addresses of the queue's own server are signed as every other call; others carry what they need. A range is of what is
 * there: the server's own logs are asked for where to begin, to be followed from there.
 */
async function openLog({ queue, signal }: FollowedRun, address: string, start: number): Promise<Response> {
  const url = new URL(address);
  const isOurs = url.origin === new URL(queue.rootUrl).origin;
  const isGrowing = isOurs && /^\/api\/slipway\/v1\/.*\/log\//.test(url.pathname);
  if (isGrowing) url.searchParams.set('start', String(start));
  const headers = start > 0 && !isGrowing ? { range: `bytes=${start}-` } : {};
  if (!isOurs) return await fetch(url, { signal, headers });
  return await queue.fetch(url.pathname + url.search, { signal, headers });
}
