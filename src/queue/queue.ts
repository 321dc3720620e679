import type {
  ArtifactRequest,
  Priority,
  ReportedReason,
  StorageType,
  TaskDefinition,
  TaskRequest,
  TaskRun,
  TaskState,
  TaskStatus,
} from '../queue-api/index.ts';

/** A part of a long list. */
export interface PageRequest {
  /** From 1 to 1000. @defaultValue 1000 */
  readonly limit?: number;
  /** What the page before gave; anything else throws `InputError`. */
  readonly continuationToken?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent: this was the last one. */
  readonly continuationToken?: string;
}

export interface WorkerName {
  readonly workerGroup: string;
  readonly workerId: string;
}

/** A run that was given to a worker. */
export interface ClaimedRun {
  readonly taskId: string;
  readonly runId: number;
  readonly task: TaskDefinition;
  readonly status: TaskStatus;
  /** Milliseconds since the epoch. */
  readonly takenUntil: number;
}

export interface TaskAndStatus {
  readonly task: TaskDefinition;
  readonly status: TaskStatus;
}

export interface TaskGroup {
  readonly taskGroupId: string;
  readonly schedulerId: string;
  readonly expires: string;
  /** When it was sealed; absent: it is open. */
  readonly sealed?: string;
}

/** What the queue keeps of an artifact; the bytes are in the store. Moments are milliseconds since the epoch. */
export interface ArtifactRecord {
  readonly taskId: string;
  readonly runId: number;
  readonly name: string;
  readonly storageType: StorageType;
  readonly contentType: string;
  readonly contentLength?: number;
  readonly expires: number;
  /** Of an `object` artifact: whether its upload was finished. Everything else is there at once. */
  readonly present: boolean;
  /** Of one that is not present: then its upload is given up, and what came of it goes. */
  readonly uploadUntil?: number;
  /**
   * `reference`: `url`; `link`: `artifact`; `error`: `reason`, `message`; `s3`: `key`; `object`: `uploadId`, `projectId`, the
   * `key` below which its bytes are, and what `objects/` knows of them.
   */
  readonly details: Readonly<Record<string, string>>;
}

export interface TaskQueueRecord {
  readonly taskQueueId: string;
  readonly stability: 'experimental' | 'stable' | 'deprecated';
  readonly description: string;
  readonly expires: string;
  readonly lastDateActive: string;
}

export interface WorkerRecord extends WorkerName {
  readonly taskQueueId: string;
  readonly firstClaim: string;
  readonly lastDateActive: string;
  readonly expires: string;
  readonly quarantineUntil?: string;
  readonly quarantineDetails: readonly {
    readonly updatedAt: string;
    readonly clientId: string;
    readonly quarantineUntil: string;
    readonly quarantineInfo: string;
  }[];
  /** The newest 20, oldest first. */
  readonly recentTasks: readonly { readonly taskId: string; readonly runId: number }[];
}

/** A task is not what it was: its state, its priority, or a run more. */
export interface TaskChange {
  readonly taskId: string;
  readonly taskGroupId: string;
  readonly taskQueueId: string;
  /** Its last run; absent: it has none yet. */
  readonly runId?: number;
  readonly state: TaskState;
}

/** What happened in a queue, on any server of it. */
export type QueueChange =
  | ({ readonly kind: 'task' } & TaskChange)
  /** A worker came, was quarantined or removed. */
  | { readonly kind: 'workers'; readonly taskQueueId: string };

/** A task queue, with its workers and what they have now. */
export interface QueueOverview {
  readonly taskQueueId: string;
  readonly pending: number;
  readonly claimed: number;
  /** Absent: no worker has asked for its work yet. */
  readonly lastDateActive?: string;
  /** Those that were active last come first. */
  readonly workers: readonly WorkerOverview[];
  readonly workerCount: number;
}

export interface WorkerOverview extends WorkerName {
  readonly firstClaim: string;
  readonly lastDateActive: string;
  /** In the future. */
  readonly quarantineUntil?: string;
  readonly running: readonly RunOverview[];
}

/** A run that a worker has. */
export interface RunOverview {
  readonly taskId: string;
  readonly runId: number;
  /** `metadata.name`. */
  readonly name: string;
  readonly started: string;
  readonly takenUntil: string;
}

export interface PendingTask {
  readonly taskId: string;
  readonly runId: number;
  readonly task: TaskDefinition;
  readonly inserted: string;
}

export interface ClaimedTask extends WorkerName {
  readonly taskId: string;
  readonly runId: number;
  readonly task: TaskDefinition;
  readonly claimed: string;
}

/**
 * Tasks and what became of them. Scopes are the routes' business: who calls here may. Every call may be repeated with the
 * same effect, several servers may call at the same time, and what was acknowledged survives a crash. Refusals are
 * `QueueError`; a database that fails is a `DatabaseError`. `ResourceNotFound` where a task, run, group or worker is absent.
 * The semantics are those of `docs/contracts/queue.md`.
 */
export interface Queue extends AsyncDisposable {
  /**
   * Checks, fills in and stores. The same definition again changes nothing. `InputError` for dates, dependencies and
   * queue ids that do not fit, `RequestConflict` for another definition, scheduler or a sealed group.
   */
  createTask(taskId: string, request: TaskRequest): Promise<TaskStatus>;
  task(taskId: string): Promise<TaskDefinition | undefined>;
  status(taskId: string): Promise<TaskStatus | undefined>;
  /** Those that exist, in the order asked; at most 1,000 a call. */
  tasks(taskIds: readonly string[]): Promise<readonly TaskAndStatus[]>;
  dependents(taskId: string, page?: PageRequest): Promise<Page<TaskAndStatus>>;
  scheduleTask(taskId: string): Promise<TaskStatus>;
  rerunTask(taskId: string): Promise<TaskStatus>;
  cancelTask(taskId: string): Promise<TaskStatus>;
  changePriority(taskId: string, priority: Priority): Promise<TaskStatus>;
  /**
   * Resolves as soon as the run (absent: the task) has ended, or is unknown (`undefined`), or the signal aborts (then
   * with the status of that moment).
   */
  waitResolved(
    taskId: string,
    runId: number | undefined,
    signal: AbortSignal,
  ): Promise<TaskStatus | undefined>;

  group(taskGroupId: string): Promise<TaskGroup | undefined>;
  groupTasks(taskGroupId: string, page?: PageRequest): Promise<Page<TaskAndStatus>>;
  /** For `slipway task list` and the page: newest first. */
  listTasks(
    filter: { readonly state?: string; readonly taskQueueId?: string },
    page?: PageRequest,
  ): Promise<Page<TaskAndStatus>>;
  sealGroup(taskGroupId: string): Promise<TaskGroup>;
  cancelGroup(
    taskGroupId: string,
  ): Promise<{ readonly taskGroupSize: number; readonly taskIds: readonly string[] }>;
  changeGroupPriority(
    taskGroupId: string,
    priority: Priority,
  ): Promise<{ readonly taskGroupSize: number; readonly taskIds: readonly string[] }>;

  /**
   * Takes up to `tasks` (1 to 32) pending runs, most urgent first, then oldest. Waits for the first one until the signal
   * aborts, then with none. A quarantined worker gets none, and waits all the same. Where `isWanted` says no when runs
   * were taken (the client has gone), they are given back. `claimId`: what the worker calls the claim, a UUID, for `claimAgain`.
   */
  claimWork(
    taskQueueId: string,
    worker: WorkerName,
    options: {
      readonly tasks: number;
      readonly signal: AbortSignal;
      readonly claimId?: string | undefined;
      readonly isWanted?: () => boolean | Promise<boolean>;
    },
  ): Promise<readonly ClaimedRun[]>;
  /**
   * What a claim of that name took for the worker, where the answer may not have come: its runs that nobody has renewed or ended
   * since, with claims that begin now. May be repeated.
   */
  claimAgain(taskQueueId: string, worker: WorkerName, claimId: string): Promise<readonly ClaimedRun[]>;
  /** The old way, by name. Again by the same worker: the same claim. `RequestConflict` for another. */
  claimTask(taskId: string, runId: number, worker: WorkerName): Promise<ClaimedRun>;
  reclaimTask(taskId: string, runId: number): Promise<ClaimedRun>;
  reportCompleted(taskId: string, runId: number): Promise<TaskStatus>;
  reportFailed(taskId: string, runId: number): Promise<TaskStatus>;
  reportException(taskId: string, runId: number, reason: ReportedReason): Promise<TaskStatus>;

  /** Checks and rules of the contract (spec 5.9, 4.5), then what is kept. `s3` gets a `details.key` in the store. */
  createArtifact(
    taskId: string,
    runId: number,
    name: string,
    request: ArtifactRequest,
  ): Promise<ArtifactRecord>;
  /** Shows an `object` artifact whose bytes are all there. `InputError` where they are not, or for another upload. */
  finishArtifact(taskId: string, runId: number, name: string, uploadId: string): Promise<void>;
  /** An `object` artifact, present or not. One of another type, or whose upload was given up: `undefined`. */
  upload(taskId: string, runId: number, name: string): Promise<ArtifactRecord | undefined>;
  /** Gives an `object` artifact other details. `undefined`: it is not any more as it is given here, and nothing was done. */
  noteUpload(record: ArtifactRecord, details: ArtifactRecord['details']): Promise<ArtifactRecord | undefined>;
  /** Says how many bytes an artifact takes in the store: usage counts them. */
  noteStored(artifact: Pick<ArtifactRecord, 'taskId' | 'runId' | 'name'>, bytes: number): Promise<void>;
  /** As it is kept: links are not followed. `runId` absent: of the last run. Not there, or not present: `undefined`. */
  artifact(taskId: string, runId: number | undefined, name: string): Promise<ArtifactRecord | undefined>;
  artifacts(taskId: string, runId: number | undefined, page?: PageRequest): Promise<Page<ArtifactRecord>>;

  counts(taskQueueId: string): Promise<{ readonly pending: number; readonly claimed: number }>;
  pendingTasks(taskQueueId: string, page?: PageRequest): Promise<Page<PendingTask>>;
  claimedTasks(taskQueueId: string, page?: PageRequest): Promise<Page<ClaimedTask>>;
  taskQueues(page?: PageRequest): Promise<Page<TaskQueueRecord>>;
  taskQueue(taskQueueId: string): Promise<TaskQueueRecord | undefined>;
  workers(
    taskQueueId: string,
    filter: { readonly quarantined?: boolean },
    page?: PageRequest,
  ): Promise<Page<WorkerRecord>>;
  worker(taskQueueId: string, worker: WorkerName): Promise<WorkerRecord | undefined>;
  /**
   * All task queues, or the one that is named (with up to 200 workers): the 500 first ones, with 2,000 workers in all. What is left out
   * is counted all the same.
   */
  overview(taskQueueId?: string): Promise<readonly QueueOverview[]>;
  /**
   * Tells what changes from now on, on whichever server; `undefined`: some may have been missed. Listeners are called at once, and do
   * not throw.
   */
  onChange(listener: (change: QueueChange | undefined) => void): Disposable;
  quarantineWorker(
    taskQueueId: string,
    worker: WorkerName,
    quarantine: { readonly until: string; readonly info: string; readonly clientId: string },
  ): Promise<WorkerRecord>;
  declareWorker(taskQueueId: string, worker: WorkerName, expires: string | undefined): Promise<WorkerRecord>;
  /** Its running runs become `worker-shutdown` at once, and are retried. */
  removeWorker(taskQueueId: string, worker: WorkerName): Promise<void>;
}

/** Things that happened to runs, as they happen on this server; for metrics. */
export interface QueueEvents {
  readonly onClaimed?: (run: TaskRun, waitedMs: number) => void;
  readonly onResolved?: (run: TaskRun) => void;
}
