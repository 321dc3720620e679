import { type Bulletin, type Database, openBulletin } from '../../database/index.ts';
import type { TaskState } from '../../queue-api/index.ts';
import type { QueueChange, TaskChange } from '../queue.ts';

// People look at it: a quarter of a second is at once. Other servers get so many changes in that time, some 20 KB, or hear
// that there were more.
const PACE_MS = 250;
const MAX_NAMES = 150;

/** What changes in the queue, told to whoever listens on any server of it. */
export interface QueueChanges extends Disposable {
  task(change: TaskChange): void;
  workers(taskQueueId: string): void;
  listen(listener: (change: QueueChange | undefined) => void): Disposable;
}

export function openQueueChanges(database: Database): QueueChanges {
  const listeners = new Set<(change: QueueChange | undefined) => void>();
  const hear = (name: string | undefined): void => {
    if (listeners.size === 0) return;
    const change = name === undefined ? undefined : decodeChange(name);
    for (const listener of listeners) listener(change);
  };
  const bulletin: Bulletin = openBulletin(database, 'queue.changes', hear, {
    paceMs: PACE_MS,
    maxNames: MAX_NAMES,
  });
  return {
    task: (change) => bulletin.tell(encodeTask(change)),
    workers: (taskQueueId) => bulletin.tell(taskQueueId),
    listen(listener) {
      const own = (change: QueueChange | undefined): void => listener(change);
      listeners.add(own);
      return { [Symbol.dispose]: () => void listeners.delete(own) };
    },
    [Symbol.dispose]() {
      listeners.clear();
      bulletin[Symbol.dispose]();
    },
  };
}

/** None of it has a space. */
export const encodeTask = ({ taskId, taskGroupId, taskQueueId, runId, state }: TaskChange): string =>
  `${taskQueueId} ${taskId} ${taskGroupId} ${state} ${runId ?? ''}`;

/** `undefined` for what another version of this program may say: something changed. */
export function decodeChange(name: string): QueueChange | undefined {
  const [taskQueueId = '', taskId, taskGroupId, state, runId] = name.split(' ');
  if (taskId === undefined) return { kind: 'workers', taskQueueId };
  if (taskGroupId === undefined || !isTaskState(state)) return undefined;
  return {
    kind: 'task',
    taskId,
    taskGroupId,
    taskQueueId,
    ...(runId !== undefined && runId !== '' && { runId: Number(runId) }),
    state,
  };
}

const STATES: Readonly<Record<TaskState, true>> = {
  unscheduled: true,
  pending: true,
  running: true,
  completed: true,
  failed: true,
  exception: true,
};
const isTaskState = (text: string | undefined): text is TaskState =>
  text !== undefined && Object.hasOwn(STATES, text);
