import { setTimeout as delay } from 'node:timers/promises';
import { backingLogName } from '../../payload/index.ts';
import type { ActiveFeature, Feature } from '../../task/feature.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { logName } from '../read-payload.ts';
import { isCanceled } from '../run-ended.ts';
import { afterRun, LOG_TYPE, storeLog } from '../store-log.ts';
import { logRoute } from './log-path.ts';
import { endLog, sendLog } from './send-log.ts';
import { serveLog } from './serve-log.ts';

/** Where readers find a log while it grows. */
interface Live {
  readonly url: string;
  /** Closes it; readers may have what is left of an ended log meanwhile. Does not reject. */
  finish(graceMs: number): Promise<void>;
}

// How long the end of a run waits for the live log: the stored one has all of it in any case.
const GRACE_MS = 5_000;

/**
 * `localLiveLog`: the run's log can be read while it grows, and stays as an artifact. The live part never fails a run; the
 * stored one does where it cannot be uploaded.
 */
export const liveLog: Feature = {
  name: 'localLiveLog',
  default: true,
  start: () => new LiveLog(),
};

class LiveLog implements ActiveFeature {
  readonly name = 'localLiveLog';
  /** Opening it and telling the queue goes on beside the rest of the set-up; it does not reject. */
  #live: Promise<Live | undefined> = Promise.resolve(undefined);

  link(task: TaskContext): Promise<undefined> {
    this.#live = open(task).catch((error: unknown) => noteTrouble(task, error));
    return Promise.resolve(undefined);
  }

  async killed(task: TaskContext): Promise<void> {
    const live = await this.#live;
    const stored = isCanceled(task) ? undefined : store(task);
    const [outcome] = await Promise.allSettled([stored, live?.finish(GRACE_MS)]);
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** The stored log, and the live log's name as a link to it. */
async function store(task: TaskContext): Promise<void> {
  const name = logName(task);
  const artifact = backingLogName(name);
  await storeLog(task, artifact);
  const { expires } = task.claim.task;
  const link = { storageType: 'link', expires, contentType: LOG_TYPE, artifact } as const;
  await task.queue.createArtifact(task.taskId, task.runId, name, link, { signal: afterRun(task) });
}

function noteTrouble({ record, taskId, runId }: TaskContext, error: unknown): undefined {
  record('live log error', { taskId, runId, error: String(error) });
}

async function open(task: TaskContext): Promise<Live> {
  const { gone: signal } = task;
  const live = (await task.queue.isSlipway({ signal })) ? openAtServer(task) : await openHere(task);
  const reference = {
    storageType: 'reference',
    expires: task.claim.task.expires,
    contentType: LOG_TYPE,
    url: live.url,
  } as const;
  try {
    await task.queue.createArtifact(task.taskId, task.runId, logName(task), reference, { signal });
  } catch (error) {
    await live.finish(0);
    throw error;
  }
  return live;
}

function openAtServer(task: TaskContext): Live {
  const name = logName(task);
  const stop = new AbortController();
  const sent = sendLog(task, name, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) noteTrouble(task, error);
  });
  return {
    url: `${task.queue.publicUrl}${logRoute(task, name)}`,
    async finish(graceMs) {
      await Promise.race([sent, delay(graceMs, undefined, { signal: stop.signal }).catch(() => undefined)]);
      stop.abort();
      await sent;
      await endLog(task, name, AbortSignal.timeout(GRACE_MS)).catch((error: unknown) =>
        noteTrouble(task, error),
      );
    },
  };
}

async function openHere(task: TaskContext): Promise<Live> {
  const server = await serveLog(task);
  return { url: server.url, finish: (graceMs) => server.close(graceMs) };
}
