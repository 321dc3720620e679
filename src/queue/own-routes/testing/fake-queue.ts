import { once } from 'node:events';
import { isResolved, newTaskId, type RunState, type TaskStatus } from '../../../queue-api/index.ts';
import type { ArtifactRecord, Queue } from '../../queue.ts';

/** As much of a queue as the routes here ask of one, in memory, to be told what has happened. */
export interface FakeQueue {
  readonly queue: Queue;
  /** Adds a task whose run 0 is in a state, and gives its id. */
  add(state?: RunState): string;
  /** Changes the state of run 0. */
  become(taskId: string, state: RunState): void;
  /** Forgets a task. */
  forget(taskId: string): void;
  put(
    record: Partial<ArtifactRecord> & Pick<ArtifactRecord, 'taskId' | 'name' | 'storageType'>,
  ): ArtifactRecord;
}

const MOMENT = '2026-01-01T00:00:00.000Z';

export function createFakeQueue(): FakeQueue {
  const states = new Map<string, RunState>();
  const artifacts = new Map<string, ArtifactRecord>();
  const changes = new EventTarget();
  const statusOf = (taskId: string): TaskStatus | undefined => {
    const state = states.get(taskId);
    if (state === undefined) return undefined;
    return {
      taskId,
      provisionerId: 'p',
      workerType: 'w',
      taskQueueId: 'p/w',
      schedulerId: '-',
      projectId: 'none',
      taskGroupId: taskId,
      priority: 'lowest',
      deadline: MOMENT,
      expires: MOMENT,
      retriesLeft: 5,
      state,
      runs: [{ runId: 0, state, reasonCreated: 'scheduled', scheduled: MOMENT }],
    };
  };
  const set = (taskId: string, state: RunState): void => {
    states.set(taskId, state);
    changes.dispatchEvent(new Event('change'));
  };
  const keyOf = (taskId: string, name: string): string => `${taskId} ${name}`;
  const part: Pick<Queue, 'status' | 'waitResolved' | 'artifact' | 'upload' | 'noteStored' | 'listTasks'> = {
    status: async (taskId) => statusOf(taskId),
    async waitResolved(taskId, _runId, signal) {
      for (;;) {
        const status = statusOf(taskId);
        if (status === undefined || isResolved(status.state) || signal.aborted) return status;
        await once(changes, 'change', { signal }).catch(() => undefined);
      }
    },
    artifact: async (taskId, _runId, name) => artifacts.get(keyOf(taskId, name)),
    upload: async () => undefined,
    noteStored: async () => undefined,
    listTasks: async () => ({ items: [] }),
  };
  return {
    queue: part as Queue, // the rest is not asked for here
    add(state = 'running') {
      const taskId = newTaskId();
      set(taskId, state);
      return taskId;
    },
    become: set,
    forget(taskId) {
      states.delete(taskId);
      changes.dispatchEvent(new Event('change'));
    },
    put(record) {
      const { taskId, name } = record;
      const whole: ArtifactRecord = {
        runId: 0,
        contentType: 'text/plain',
        expires: Number.MAX_SAFE_INTEGER,
        present: true,
        details: record.storageType === 's3' ? { key: `tasks/${taskId}/0/${encodeURIComponent(name)}` } : {},
        ...record,
      };
      artifacts.set(keyOf(taskId, name), whole);
      return whole;
    },
  };
}
