import type {
  ArtifactAnswer,
  ArtifactContent,
  ArtifactRequest,
  Claim,
  Credentials,
  ListedArtifact,
  Priority,
  Reclaim,
  ReportedReason,
  TaskDefinition,
  TaskRequest,
  TaskStatus,
} from '../queue-api/index.ts';

/** Which server is asked, and as whom. */
export interface QueueClientOptions {
  /** Of the deployment, without a trailing slash: `http://127.0.0.1:8080`. */
  readonly rootUrl: string;
  /** How others call it, where this client has a way of its own to it. @defaultValue `rootUrl` */
  readonly publicUrl?: string;
  /** Asked before each request, so that renewed ones are used at once. Absent, or `undefined`: nothing is signed. */
  readonly credentials?: () => Credentials | undefined;
  /** Limits what the credentials may for these requests. */
  readonly authorizedScopes?: readonly string[];
  /** Whole attempts after the first one, on 5xx, 429 and network errors. @defaultValue 5 */
  readonly retries?: number;
  /** Of one attempt. @defaultValue 30,000 */
  readonly timeoutMs?: number;
}

/** Where an artifact's content is; that of an object was asked of the service that has it. */
export type FoundArtifact =
  | Exclude<ArtifactContent, { readonly storageType: 'object' }>
  | {
      readonly storageType: 'object';
      readonly url: string;
      /** Of the content, in hex, where the service says it. */
      readonly sha256?: string;
    };

/** What was used, by project. */
export interface Usage {
  /** ISO 8601: the beginning of the first day. */
  readonly from: string;
  /** The end of the last day. */
  readonly to: string;
  readonly projects: readonly {
    readonly project: string;
    readonly runs: number;
    readonly failedRuns: number;
    readonly minutes: number;
    readonly bytes: number;
  }[];
}

/** Of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The Queue API from the outside: any Taskcluster-compatible server, with Slipway's own additions where a method says so.
 * Every method retries what may be repeated, and throws `QueueClientError` (status, code, message of the server) or
 * `signal.reason`.
 */
export interface QueueClient extends AsyncDisposable {
  readonly rootUrl: string;
  /** What addresses begin with that others are given. */
  readonly publicUrl: string;
  /** Other credentials over the same connections. */
  with(options: Pick<QueueClientOptions, 'credentials' | 'authorizedScopes'>): QueueClient;
  ping(options?: CallOptions): Promise<void>;
  /** Whether the server is Slipway: what is marked "Slipway only" works. Asked once. */
  isSlipway(options?: CallOptions): Promise<boolean>;
  createTask(taskId: string, task: TaskRequest, options?: CallOptions): Promise<TaskStatus>;
  task(taskId: string, options?: CallOptions): Promise<TaskDefinition>;
  status(taskId: string, options?: CallOptions): Promise<TaskStatus>;
  listGroup(
    taskGroupId: string,
    options?: CallOptions,
  ): AsyncIterable<{ status: TaskStatus; task: TaskDefinition }>;
  rerunTask(taskId: string, options?: CallOptions): Promise<TaskStatus>;
  cancelTask(taskId: string, options?: CallOptions): Promise<TaskStatus>;
  scheduleTask(taskId: string, options?: CallOptions): Promise<TaskStatus>;
  changeTaskPriority(taskId: string, newPriority: Priority, options?: CallOptions): Promise<TaskStatus>;
  /**
   * Waits at the server, up to 20 s. An aborted signal ends the waiting, but never loses a claim: tasks that were on
   * their way are in the answer all the same, so this resolves, late, where others reject. Nor does a lost answer, at a
   * server of Slipway: the next call for the same worker, also one that is aborted already, gives what the one before took.
   */
  claimWork(
    taskQueueId: string,
    worker: { readonly workerGroup: string; readonly workerId: string; readonly tasks: number },
    options?: CallOptions,
  ): Promise<readonly Claim[]>;
  reclaimTask(taskId: string, runId: number, options?: CallOptions): Promise<Reclaim>;
  reportCompleted(taskId: string, runId: number, options?: CallOptions): Promise<TaskStatus>;
  reportFailed(taskId: string, runId: number, options?: CallOptions): Promise<TaskStatus>;
  reportException(
    taskId: string,
    runId: number,
    reason: ReportedReason,
    options?: CallOptions,
  ): Promise<TaskStatus>;
  createArtifact(
    taskId: string,
    runId: number,
    name: string,
    artifact: ArtifactRequest,
    options?: CallOptions,
  ): Promise<ArtifactAnswer>;
  finishArtifact(
    taskId: string,
    runId: number,
    name: string,
    uploadId: string,
    options?: CallOptions,
  ): Promise<void>;
  /** `runId` absent: of the last run. */
  artifactContent(
    taskId: string,
    runId: number | undefined,
    name: string,
    options?: CallOptions,
  ): Promise<FoundArtifact>;
  /** All pages. */
  listArtifacts(
    taskId: string,
    runId: number | undefined,
    options?: CallOptions,
  ): Promise<readonly ListedArtifact[]>;
  /** Index: the task at a namespace. */
  findTask(namespace: string, options?: CallOptions): Promise<{ readonly taskId: string }>;
  /** PurgeCache: what was asked to be purged since a moment (milliseconds). */
  purgeRequests(
    workerPoolId: string,
    since: number | undefined,
    options?: CallOptions,
  ): Promise<readonly { readonly cacheName: string; readonly before: string }[]>;
  /** Auth. */
  expandScopes(scopes: readonly string[], options?: CallOptions): Promise<readonly string[]>;
  /** A URL that anybody may GET with these credentials' rights. @param expiresInMs - @defaultValue 15 minutes */
  signUrl(url: string, expiresInMs?: number): string;
  /**
   * Slipway only: the status as soon as the run (absent: the task) has ended; after 30 s at most, with what it is then.
   */
  waitResolved(taskId: string, runId: number | undefined, options?: CallOptions): Promise<TaskStatus>;
  /** Slipway only: newest first. */
  listTasks(
    filter: { readonly state?: string; readonly taskQueueId?: string; readonly limit?: number },
    options?: CallOptions,
  ): Promise<readonly { readonly status: TaskStatus; readonly task: TaskDefinition }[]>;
  /** Slipway only: gives back runs that an earlier process of a worker had; those that it has not are left alone. */
  loseRuns(
    worker: { readonly taskQueueId: string; readonly workerGroup: string; readonly workerId: string },
    runs: readonly { readonly taskId: string; readonly runId: number }[],
    options?: CallOptions,
  ): Promise<void>;
  /**
   * Slipway only: what was used in some days (`2026-11-22`) or until some moments (ISO 8601), by project; absent: in the last
   * thirty days.
   */
  usage(
    range: { readonly from?: string | undefined; readonly to?: string | undefined },
    options?: CallOptions,
  ): Promise<Usage>;
  /** Any other route of the server, signed: for bodies that stream. The path begins with `/`. */
  fetch(path: string, init?: RequestInit & { readonly duplex?: 'half' }): Promise<Response>;
}
