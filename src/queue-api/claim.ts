import type { TaskStatus } from './status.ts';
import type { TaskDefinition } from './task.ts';

/** What signs a request. `certificate` (JSON text) goes with temporary ones. */
export interface Credentials {
  readonly clientId: string;
  readonly accessToken: string;
  readonly certificate?: string;
}

/** A worker's right to a task's run until `takenUntil`. */
export interface Claim {
  readonly status: TaskStatus;
  readonly runId: number;
  readonly workerGroup: string;
  readonly workerId: string;
  readonly takenUntil: string;
  readonly task: TaskDefinition;
  /** Temporary, valid until `takenUntil`. */
  readonly credentials: Credentials;
}

/** A renewed claim: the task is known. */
export type Reclaim = Omit<Claim, 'task'>;
