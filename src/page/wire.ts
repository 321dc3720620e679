/**
 * What the page and its server say to each other: the bodies of `/api/slipway/v1/…` that no other contract has. Types alone,
 * without an import, so that the page (a browser's program) has the same ones. Moments are ISO 8601 in UTC, sizes bytes,
 * durations milliseconds.
 */

/** What somebody may do here, as far as a page has something for it. The server checks each request all the same. */
export interface Permissions {
  /** See runs, tasks, logs, queues, builds and the cache. */
  readonly read: boolean;
  /** Create tasks, run them again, cancel them. */
  readonly runTasks: boolean;
  /** Open a shell in a running task. */
  readonly openShells: boolean;
  readonly buildImages: boolean;
  /** Keep workers from getting tasks. */
  readonly manageWorkers: boolean;
  /** Take a backup, look at usage of all. */
  readonly administer: boolean;
}

/** `GET /api/slipway/v1/session`, and what `POST` of the same answers. */
export interface PageSession {
  /** `anonymous` where nobody is signed in. */
  readonly clientId: string;
  /** Of a client that was given one; absent where its scopes were given one by one. */
  readonly role?: 'reader' | 'operator' | 'admin';
  /** `open`: who is not signed in may everything, since only this machine reaches the server. */
  readonly access: 'open' | 'closed';
  readonly may: Permissions;
  /** When the session ends; absent without one. */
  readonly expiresAt?: string;
  /** Of the program. */
  readonly version: string;
}

/** `POST /api/slipway/v1/session`: sign in. `DELETE` of the same signs out. */
export interface SignIn {
  readonly clientId: string;
  readonly accessToken: string;
}

/** `GET /api/slipway/v1/sessions`: those of the client that is signed in, the newest first. `DELETE` of the same ends them all. */
export interface PageSessions {
  readonly sessions: readonly OpenSession[];
}

/** A session that goes on. `DELETE /api/slipway/v1/sessions/ID` ends it. */
export interface OpenSession {
  readonly sessionId: string;
  readonly began: string;
  readonly expires: string;
  /** What its browser says of itself; empty where that says nothing. */
  readonly agent: string;
  /** The one that asks. */
  readonly isThis: boolean;
}

/** One event of `GET /api/slipway/v1/changes` (`text/event-stream`, each as the event `change`): what is to be asked for again. */
export type Change =
  | {
      readonly kind: 'task';
      readonly taskId: string;
      readonly taskGroupId: string;
      readonly taskQueueId: string;
      /** Absent: the task as a whole. */
      readonly runId?: number;
      readonly state: 'unscheduled' | 'pending' | 'running' | 'completed' | 'failed' | 'exception';
    }
  | {
      readonly kind: 'run';
      readonly runId: string;
      readonly result: 'running' | 'passed' | 'failed' | 'interrupted' | 'lost';
    }
  | { readonly kind: 'build'; readonly buildId: string; readonly state: string }
  /** A worker came, asked for work, was quarantined or is gone. */
  | { readonly kind: 'workers'; readonly taskQueueId: string }
  /** Something was published to the artifact cache or removed from it. */
  | { readonly kind: 'cache' }
  /**
   * Too much of it to be told one by one, or some may have been missed (a connection to the database was away): everything is to be
   * asked for again, of one kind or (`of` absent) of all.
   */
  | { readonly kind: 'all'; readonly of?: ChangeKind };

/** What `GET /api/slipway/v1/changes?kinds=` takes, joined by commas. @defaultValue all that the caller may see */
export type ChangeKind = 'task' | 'run' | 'build' | 'workers' | 'cache';

/**
 * What else it takes: then only changes of that task, group, task queue, run or build are told of their kind, also where there are
 * too many of all.
 */
export interface ChangeFilter {
  readonly taskId?: string;
  readonly taskGroupId?: string;
  /** Of tasks and of workers. */
  readonly taskQueueId?: string;
  readonly runId?: string;
  readonly buildId?: string;
}

/** `GET /api/slipway/v1/queues`: queues and what their workers do now. */
export interface QueuesAnswer {
  readonly queues: readonly QueueNow[];
}

export interface QueueNow {
  readonly taskQueueId: string;
  readonly pending: number;
  readonly claimed: number;
  /** Absent: no worker has asked for its work yet. */
  readonly lastDateActive?: string;
  /** Those that asked for work last come first; at most 200. */
  readonly workers: readonly WorkerNow[];
  /** How many there are in all. */
  readonly workerCount: number;
}

export interface WorkerNow {
  readonly workerGroup: string;
  readonly workerId: string;
  readonly firstClaim: string;
  readonly lastDateActive: string;
  /** In the future: it gets nothing until then. */
  readonly quarantineUntil?: string;
  readonly running: readonly RunNow[];
}

/** A task's run that a worker has now. */
export interface RunNow {
  readonly taskId: string;
  readonly runId: number;
  /** `metadata.name` of the task. */
  readonly name: string;
  readonly started: string;
  readonly takenUntil: string;
}

/** `GET /api/slipway/v1/cache`. */
export interface CacheNow {
  readonly refs: number;
  /** Absent where objects are in a store, and nobody counts them. */
  readonly objects?: number;
  /** Absent until it was counted. */
  readonly repositoryBytes?: number;
  /** Absent: no quota. */
  readonly quotaBytes?: number;
  /** Questions for refs since this server was started. */
  readonly hits: number;
  readonly misses: number;
  readonly sentBytes: number;
  readonly since: string;
}

/** `GET /api/slipway/v1/cache/refs?prefix=&after=&limit=`, in the order of their names. */
export interface CacheRefs {
  readonly refs: readonly CacheRef[];
  /** Give it as `after` for the next ones; absent: these were the last. */
  readonly next?: string;
}

export interface CacheRef {
  readonly ref: string;
  /** Hexadecimal SHA-256. */
  readonly commit: string;
  /** What the tree is, by the name of its ref. */
  readonly kind: 'artifact' | 'build' | 'source' | 'pipeline-cache' | 'other';
  /** Of the commit; absent where that cannot be read. */
  readonly committedAt?: string;
  /** When it was pushed or pulled last, where that is noted. */
  readonly usedAt?: string;
  readonly isPinned?: boolean;
}

/**
 * A line of the events of a run: `GET /api/v1/runs/ID/events` and, of a task that ran a pipeline, the log
 * `public/logs/events.jsonl` beside its live log. The events of `docs/events.md` without output, each with where the log was.
 */
export interface StepEvent {
  readonly type: string;
  readonly runId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Bytes of the run's log before it. */
  readonly logOffset: number;
}

/** `GET /api/slipway/v1/usage?from=&to=`: what was used in a time, by project. */
export interface UsageAnswer {
  readonly from: string;
  readonly to: string;
  readonly projects: readonly ProjectUsage[];
}

export interface ProjectUsage {
  /** `projectId` of tasks, the application of runs, the user of image builds. */
  readonly project: string;
  readonly runs: number;
  readonly failedRuns: number;
  /** Of all runs, from their start to their end. */
  readonly minutes: number;
  /** Of what they stored. */
  readonly bytes: number;
}
