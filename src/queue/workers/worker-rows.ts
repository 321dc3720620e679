import type { Row } from '../../database/index.ts';
import type { TaskQueueRecord, WorkerRecord } from '../queue.ts';
import { iso } from '../state/task-record.ts';

/** A worker as a row has it. */
export interface WorkerRow extends Row {
  readonly task_queue_id: string;
  readonly worker_group: string;
  readonly worker_id: string;
  readonly first_claim: number;
  readonly last_active: number;
  readonly expires: number;
  readonly quarantine_until: number | null;
  readonly quarantine_details: string;
  readonly recent_tasks: string;
}

export interface TaskQueueRow extends Row {
  readonly task_queue_id: string;
  readonly last_active: number;
  readonly expires: number;
}

export const showWorker = (row: WorkerRow): WorkerRecord => ({
  taskQueueId: row.task_queue_id,
  workerGroup: row.worker_group,
  workerId: row.worker_id,
  firstClaim: iso(row.first_claim),
  lastDateActive: iso(row.last_active),
  expires: iso(row.expires),
  ...(row.quarantine_until !== null && { quarantineUntil: iso(row.quarantine_until) }),
  quarantineDetails: JSON.parse(row.quarantine_details),
  recentTasks: JSON.parse(row.recent_tasks),
});

export const showTaskQueue = (row: TaskQueueRow): TaskQueueRecord => ({
  taskQueueId: row.task_queue_id,
  stability: 'experimental',
  description: '',
  expires: iso(row.expires),
  lastDateActive: iso(row.last_active),
});
