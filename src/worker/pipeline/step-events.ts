import { setTimeout as delay } from 'node:timers/promises';
import { isStepEvent, stepEventLine } from '../../artifacts/index.ts';
import type { RunEvent } from '../../kernel/index.ts';
import { uploadArtifact } from '../artifacts/index.ts';
import { logRoute } from '../features/live-log/log-path.ts';
import { endLog, sendLog } from '../features/live-log/send-log.ts';
import { logName } from '../features/read-payload.ts';
import { isCanceled } from '../features/run-ended.ts';
import { afterRun } from '../features/store-log.ts';
import { backingLogName } from '../payload/index.ts';
import { LogFile } from '../task/log/log-file.ts';
import type { TaskContext } from '../task/task-context.ts';

/** What happens in a pipeline, as a second live log beside that of the task. Nothing of it fails the run. */
export interface StepEvents extends AsyncDisposable {
  /** `logOffset`: bytes of the task's log before it. */
  see(event: RunEvent, logOffset: number): void;
}

const TYPE = 'application/x-ndjson';
const MAX_BYTES = 32 * 1024 * 1024;
// How long the end of a run waits for the live log: the stored one has all of it in any case.
const GRACE_MS = 5_000;

/** Beside the task's log, in the same folder: who may read the one may read the other. */
export function eventsName(task: TaskContext): string | undefined {
  const log = logName(task);
  const name = `${log.slice(0, log.lastIndexOf('/') + 1)}events.jsonl`;
  return name === log ? undefined : name;
}

/** Opens it, and tells a queue of Slipway where it is; other queues have no place for such a log. */
export async function openStepEvents(task: TaskContext): Promise<StepEvents> {
  const name = eventsName(task);
  const note = (error: unknown): void =>
    task.record('step events error', { taskId: task.taskId, runId: task.runId, error: String(error) });
  const isKept = name !== undefined && (await task.queue.isSlipway({ signal: task.gone }).catch(() => false));
  const file = isKept ? await LogFile.create(`${task.folder}/step-events.log`).catch(note) : undefined;
  if (name === undefined || file === undefined) return NONE;
  const log = { read: (options: Parameters<LogFile['read']>[0]) => file.read(options) };
  const stop = new AbortController();
  const sent = showLive(task, name, () => sendLog(task, name, stop.signal, { log })).catch(
    (error: unknown) => {
      if (!stop.signal.aborted) note(error);
    },
  );
  return {
    see(event, logOffset) {
      if (!isStepEvent(event)) return;
      const line = Buffer.from(stepEventLine(event, logOffset));
      if (file.sizeBytes + line.length <= MAX_BYTES) file.append(line);
    },
    async [Symbol.asyncDispose]() {
      try {
        await file.end();
        const stored = isCanceled(task) ? undefined : store(task, name, file);
        const late = delay(GRACE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
        await Promise.all([stored, Promise.race([sent, late])]);
        stop.abort();
        await sent;
        await endLog(task, name, AbortSignal.timeout(GRACE_MS));
      } catch (error) {
        note(error);
      } finally {
        stop.abort();
      }
    },
  };
}

const NONE: StepEvents = { see: () => {}, async [Symbol.asyncDispose]() {} };

async function showLive(task: TaskContext, name: string, send: () => Promise<void>): Promise<void> {
  const { expires } = task.claim.task;
  const url = `${task.queue.publicUrl}${logRoute(task, name)}`;
  const reference = { storageType: 'reference', expires, contentType: TYPE, url } as const;
  await task.queue.createArtifact(task.taskId, task.runId, name, reference, { signal: task.gone });
  await send();
}

/** The stored events, and the live log's name as a link to them. */
async function store(task: TaskContext, name: string, file: LogFile): Promise<void> {
  const { expires } = task.claim.task;
  const [artifact, signal] = [backingLogName(name), afterRun(task)];
  const open = () => file.read({ follow: false });
  const upload = { name: artifact, contentType: TYPE, expires, gzip: true, open, sizeBytes: file.sizeBytes };
  await uploadArtifact(task, upload, { signal });
  const link = { storageType: 'link', expires, contentType: TYPE, artifact } as const;
  await task.queue.createArtifact(task.taskId, task.runId, name, link, { signal });
}
