import { setTimeout as sleep } from 'node:timers/promises';
import type { LogStore } from '../../logs/index.ts';
import { isResolved, type TaskStatus } from '../../queue-api/index.ts';
import type { Queue } from '../queue.ts';
import { hasContent } from './has-content.ts';
import { logNameOf, type RunLog, runLogOf } from './log-name.ts';

export interface LogKeeperOptions {
  readonly queue: Queue;
  readonly logs: LogStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How long a log stays that no artifact took the place of, after its run. @defaultValue 7 days */
  readonly keepMs?: number;
  /** How long a log may still come after its run was ended by somebody else. @defaultValue 5 seconds */
  readonly graceMs?: number;
  /** How often all logs are looked at. @defaultValue 10 minutes */
  readonly sweepMs?: number;
  /** Told what could not be done; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/**
 * Sees to it that every log ends, and that none stays for ever. A log ends with its run, also where nobody writes it any
 * more; it goes when the artifact that holds all of it is there and nobody reads it.
 */
export interface LogKeeper extends AsyncDisposable {
  /** From now on the log ends with its run. May be repeated. */
  watch(log: RunLog): void;
  /** Calls back with the name, in the place for logs, of each log that was watched when its run has ended, and it too. */
  onEnded(listener: (logName: string) => void): void;
  /** Somebody reads the log until this is disposed. */
  reading(log: RunLog): Disposable;
  /** Looks at all logs. */
  sweep(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60_000;

export function createLogKeeper(options: LogKeeperOptions): LogKeeper {
  const { queue, logs, now, keepMs = 7 * DAY_MS, graceMs = 5_000, sweepMs = 10 * 60_000, onError } = options;
  const closing = new AbortController();
  const watched = new Map<string, Promise<void>>();
  const listeners: ((logName: string) => void)[] = [];
  const readers = new Map<string, number>();
  // Logs that may go as soon as nobody reads them.
  const replaced = new Set<string>();

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!closing.signal.aborted) onError(error);
    }
  };

  const remove = async (logName: string): Promise<void> => {
    replaced.add(logName);
    if ((readers.get(logName) ?? 0) > 0) return;
    replaced.delete(logName);
    await logs.remove(logName);
  };

  /** The run has ended: so does its log, and goes where an artifact has taken its place. */
  const settle = async (log: RunLog, status: TaskStatus | undefined): Promise<void> => {
    const logName = logNameOf(log);
    const size = await logs.size(logName);
    if (size === undefined) return;
    if (!size.hasEnded) await logs.end(logName);
    for (const tell of listeners) tell(logName);
    if (status === undefined || (await isStored(queue, log))) await remove(logName);
  };

  const follow = async (log: RunLog): Promise<void> => {
    const status = await queue.waitResolved(log.taskId, log.runId, closing.signal);
    if (closing.signal.aborted) return;
    const size = await logs.size(logNameOf(log));
    if (size?.hasEnded === false) await sleep(graceMs, undefined, { signal: closing.signal });
    await settle(log, status);
  };

  // Only these are kept for as long as the run goes on: what is given may be a whole request.
  const watch = ({ taskId, runId, name }: RunLog): void => {
    const log = { taskId, runId, name };
    const logName = logNameOf(log);
    if (watched.has(logName)) return;
    watched.set(
      logName,
      attempt(() => follow(log)).finally(() => watched.delete(logName)),
    );
  };

  const lookAt = async (logName: string, modifiedAt: number): Promise<void> => {
    const log = runLogOf(logName);
    if (log === undefined || watched.has(logName)) return;
    const { taskId, runId, name } = log;
    const status = await queue.status(taskId);
    const run = status?.runs.find((each) => each.runId === runId);
    if (run === undefined) return await remove(logName); // expired, with its task
    if (!isResolved(run.state)) {
      if (name !== undefined) watch({ taskId, runId, name });
      return;
    }
    if (name !== undefined) await settle({ taskId, runId, name }, status);
    else await logs.end(logName);
    if (modifiedAt + keepMs < now()) await remove(logName);
  };

  const sweep = async (): Promise<void> => {
    for await (const { name, modifiedAt } of logs.list()) {
      if (closing.signal.aborted) return;
      await attempt(() => lookAt(name, modifiedAt));
    }
  };

  const sweepOften = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await attempt(sweep);
      await sleep(sweepMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };
  const sweeping = sweepOften();

  return {
    watch,
    onEnded: (listener) => void listeners.push(listener),
    reading(log) {
      const logName = logNameOf(log);
      readers.set(logName, (readers.get(logName) ?? 0) + 1);
      return {
        [Symbol.dispose]() {
          const left = (readers.get(logName) ?? 1) - 1;
          if (left > 0) {
            readers.set(logName, left);
            return;
          }
          readers.delete(logName);
          if (replaced.has(logName)) void attempt(() => remove(logName));
        },
      };
    },
    sweep,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await Promise.all([sweeping, ...watched.values()]);
    },
  };
}

/** Whether an artifact holds what the log had: the one of its name leads to it, and not to the log any more. */
async function isStored(queue: Queue, { taskId, runId, name }: RunLog): Promise<boolean> {
  const record = await queue.artifact(taskId, runId, name);
  if (record?.storageType !== 'link') return record !== undefined && hasContent(record);
  const target = await queue.artifact(taskId, runId, record.details['artifact'] ?? '');
  return target !== undefined && hasContent(target);
}
