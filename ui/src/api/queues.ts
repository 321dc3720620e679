import type { QueuesAnswer } from '../../../src/page/wire.ts';
import { ask } from './ask.ts';
import { OWN_API, QUEUE_API, type TaskDefinition } from './tasks.ts';
import type { ListPage, ListQuestion } from './use-list.ts';

/** A run of a queue that waits for a worker. */
export interface PendingRun {
  readonly taskId: string;
  readonly runId: number;
  readonly task: TaskDefinition;
  readonly inserted: string;
}

/** A worker as the Queue API tells of it (`docs/contracts/queue.md`). */
export interface WorkerDetails {
  readonly workerGroup: string;
  readonly workerId: string;
  readonly quarantineUntil?: string;
  readonly quarantineDetails: readonly {
    readonly updatedAt: string;
    readonly clientId: string;
    readonly quarantineUntil: string;
    readonly quarantineInfo: string;
  }[];
}

/** Queues, their workers, and what these do now. */
export const listQueues = (signal?: AbortSignal): Promise<QueuesAnswer> =>
  ask<QueuesAnswer>(`${OWN_API}/queues`, { signal });

/** What waits for a worker of a queue, the next one first. */
export async function listPending(
  taskQueueId: string,
  { limit, after, signal }: ListQuestion,
): Promise<ListPage<PendingRun>> {
  const { tasks, continuationToken } = await ask<{
    readonly tasks: readonly PendingRun[];
    readonly continuationToken?: string;
  }>(`${QUEUE_API}/task-queues/${encodeURIComponent(taskQueueId)}/pending`, {
    query: { limit, continuationToken: after },
    signal,
  });
  return { items: tasks, next: continuationToken };
}

/** Which worker. */
export interface WorkerName {
  readonly taskQueueId: string;
  readonly workerGroup: string;
  readonly workerId: string;
}

function workerPath({ taskQueueId, workerGroup, workerId }: WorkerName): string {
  const [provisionerId = '', workerType = ''] = taskQueueId.split('/');
  const [provisioner, type, group, id] = [provisionerId, workerType, workerGroup, workerId].map(
    encodeURIComponent,
  );
  return `${QUEUE_API}/provisioners/${provisioner}/worker-types/${type}/workers/${group}/${id}`;
}

/** A worker with who quarantined it, and why. */
export const getWorker = (worker: WorkerName, signal?: AbortSignal): Promise<WorkerDetails> =>
  ask<WorkerDetails>(workerPath(worker), { signal });

/** Gives a worker no more tasks until a moment; one that is over lets it have some again. */
export const quarantineWorker = (
  worker: WorkerName,
  quarantine: { readonly until: Date; readonly info: string },
): Promise<unknown> =>
  ask(workerPath(worker), {
    method: 'PUT',
    body: { quarantineUntil: quarantine.until.toISOString(), quarantineInfo: quarantine.info },
  });
