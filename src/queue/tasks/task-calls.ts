import type { Wakers } from '../../kernel/index.ts';
import { isResolved } from '../../queue-api/index.ts';
import type { Queue } from '../queue.ts';
import { showStatus, stateOf, type TaskRecord } from '../state/task-record.ts';
import * as transitions from '../state/transitions.ts';
import type { TaskStore } from './task-store.ts';

type TaskCalls = Pick<
  Queue,
  | 'task'
  | 'status'
  | 'tasks'
  | 'scheduleTask'
  | 'rerunTask'
  | 'cancelTask'
  | 'changePriority'
  | 'waitResolved'
>;

/** What is asked of one task by name. */
export function createTaskCalls(store: TaskStore, ended: Wakers): TaskCalls {
  return {
    async task(taskId) {
      const [found] = await store.tasks([taskId]);
      return found?.task;
    },
    async status(taskId) {
      const record = await store.record(taskId);
      return record && showStatus(record);
    },
    tasks: (taskIds) => store.tasks(taskIds),
    scheduleTask: async (taskId) => showStatus(await store.change(taskId, transitions.schedule)),
    rerunTask: async (taskId) => showStatus(await store.change(taskId, transitions.rerun)),
    cancelTask: async (taskId) => showStatus(await store.change(taskId, transitions.cancel)),
    changePriority: async (taskId, priority) =>
      showStatus(
        await store.change(taskId, (record, moment) => transitions.prioritise(record, priority, moment)),
      ),
    async waitResolved(taskId, runId, signal) {
      using bell = createBell(signal);
      using _ = ended.on(taskId, bell.ring);
      for (;;) {
        const record = await store.record(taskId);
        if (record === undefined || isUnknown(record, runId)) return undefined;
        if (signal.aborted || hasEnded(record, runId)) return showStatus(record);
        await bell.rung();
      }
    },
  };
}

const isUnknown = (record: TaskRecord, runId: number | undefined): boolean =>
  runId !== undefined && runId >= record.runs.length;

function hasEnded(record: TaskRecord, runId: number | undefined): boolean {
  const state = runId === undefined ? stateOf(record) : record.runs[runId]?.state;
  return state !== undefined && isResolved(state);
}

interface Bell extends Disposable {
  readonly ring: () => void;
  /** Resolves when it was rung since the last time, or rings, or the signal aborts. */
  rung(): Promise<void>;
}

function createBell(signal: AbortSignal): Bell {
  let next = Promise.withResolvers<void>();
  const ring = (): void => next.resolve();
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async rung() {
      await next.promise;
      if (!signal.aborted) next = Promise.withResolvers<void>();
    },
    [Symbol.dispose]: () => signal.removeEventListener('abort', ring),
  };
}
