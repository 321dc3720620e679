import { EventEmitter, once } from 'node:events';
import {
  type ArtifactAnswer,
  type ArtifactRequest,
  type Claim,
  type Credentials,
  isResolved,
  type ListedArtifact,
  newTaskId,
  type ReasonResolved,
  type Reclaim,
  type ReportedReason,
  type TaskDefinition,
  type TaskRequest,
  type TaskStatus,
} from '../../queue-api/index.ts';
import {
  type CallOptions,
  type FoundArtifact,
  type QueueClient,
  QueueClientError,
} from '../../queue-client/index.ts';
import { currentRun, type FakeTask, fakeDefinition, fakeStatus, resolveRun } from './fake-tasks.ts';

export interface FakeQueueOptions {
  /** @defaultValue `http://queue.test`, where nothing is */
  readonly rootUrl?: string;
  /** What other routes of the server answer. @defaultValue an error */
  readonly fetch?: QueueClient['fetch'];
  readonly now?: () => number;
  /** How long a claim holds. @defaultValue 20 minutes */
  readonly claimMs?: number;
  /** Whether it says that it is Slipway, so that cancelations are known at once. @defaultValue true */
  readonly isSlipway?: boolean;
  /** Where the bytes of `s3` artifacts go. @defaultValue a URL that nothing answers */
  readonly putUrl?: (taskId: string, runId: number, name: string) => string;
}

/** One call that a client made. */
export interface FakeCall {
  readonly method: string;
  readonly args: readonly unknown[];
  /** What it was signed with. */
  readonly credentials: Credentials | undefined;
}

/** What a worker said of a run. */
export interface FakeReport {
  readonly taskId: string;
  readonly runId: number;
  readonly resolution: 'completed' | 'failed' | ReportedReason;
}

/** Instead of an answer: an error, or something that ends when the test wants it to. */
type Fault = () => Promise<void>;

interface State {
  readonly tasks: Map<string, FakeTask>;
  readonly artifacts: Map<string, ArtifactRequest>;
  readonly calls: FakeCall[];
  readonly reports: FakeReport[];
  readonly faults: Map<string, Fault[]>;
  readonly purges: { cacheName: string; before: string }[];
  readonly namespaces: Map<string, string>;
  readonly roles: Map<string, readonly string[]>;
  readonly changed: EventEmitter;
  claims: number;
}

const conflict = (what: string) => new QueueClientError(what, { status: 409, code: 'RequestConflict' });
const absent = (what: string) => new QueueClientError(what, { status: 404, code: 'ResourceNotFound' });

/** A queue in memory that speaks as a client does: for tests of what claims tasks and runs them. */
export class FakeQueue implements QueueClient {
  readonly rootUrl: string;
  readonly publicUrl: string;
  readonly #state: State;
  readonly #options: FakeQueueOptions;
  readonly #credentials: (() => Credentials | undefined) | undefined;

  constructor(options: FakeQueueOptions = {}, state?: State, credentials?: () => Credentials | undefined) {
    this.#options = options;
    this.rootUrl = options.rootUrl ?? 'http://queue.test';
    this.publicUrl = this.rootUrl;
    this.#credentials = credentials;
    this.#state = state ?? {
      tasks: new Map(),
      artifacts: new Map(),
      calls: [],
      reports: [],
      faults: new Map(),
      purges: [],
      namespaces: new Map(),
      roles: new Map(),
      changed: new EventEmitter().setMaxListeners(0),
      claims: 0,
    };
  }

  get calls(): readonly FakeCall[] {
    return this.#state.calls;
  }

  get reports(): readonly FakeReport[] {
    return this.#state.reports;
  }

  /** What was declared, by `<taskId>/<runId>/<name>`. */
  get artifacts(): ReadonlyMap<string, ArtifactRequest> {
    return this.#state.artifacts;
  }

  /** What PurgeCache answers. */
  get purges(): { cacheName: string; before: string }[] {
    return this.#state.purges;
  }

  /** What the Index knows. */
  get namespaces(): Map<string, string> {
    return this.#state.namespaces;
  }

  /** What scopes bring in beside themselves: `assume:builder`. */
  get roles(): Map<string, readonly string[]> {
    return this.#state.roles;
  }

  callsOf(method: keyof QueueClient): readonly FakeCall[] {
    return this.#state.calls.filter((call) => call.method === method);
  }

  /** Makes a pending task. */
  add(request: Partial<TaskRequest> = {}): string {
    const taskId = newTaskId();
    const definition = fakeDefinition(request, this.#now());
    const run = { runId: 0, state: 'pending', reasonCreated: 'scheduled', scheduled: this.#iso() } as const;
    this.#state.tasks.set(taskId, { taskId, definition, runs: [run], retriesLeft: definition.retries });
    this.#state.changed.emit('change');
    return taskId;
  }

  /** The next `times` calls of a method reject. */
  failNext(method: keyof QueueClient, error: Error, times = 1): void {
    for (let i = 0; i < times; i += 1) this.#fault(method, () => Promise.reject(error));
  }

  /** The next call of a method is answered only when it is let go; `reached` resolves once it is made. */
  holdNext(method: keyof QueueClient): { readonly reached: Promise<void>; release(error?: Error): void } {
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    this.#fault(method, () => {
      reached.resolve();
      return gate.promise;
    });
    return {
      reached: reached.promise,
      release: (error) => (error === undefined ? gate.resolve() : gate.reject(error)),
    };
  }

  /** Ends the current run without the worker: by its claim, its deadline. */
  endRun(taskId: string, reason: ReasonResolved): void {
    resolveRun(this.#find(taskId), reason, this.#iso());
    this.#state.changed.emit('change');
  }

  with({ credentials }: { credentials?: () => Credentials | undefined }): FakeQueue {
    return new FakeQueue(this.#options, this.#state, credentials ?? this.#credentials);
  }

  async ping(options?: CallOptions): Promise<void> {
    await this.#call('ping', [], options);
  }

  async isSlipway(options?: CallOptions): Promise<boolean> {
    await this.#call('isSlipway', [], options);
    return this.#options.isSlipway ?? true;
  }

  async createTask(taskId: string, task: TaskRequest, options?: CallOptions): Promise<TaskStatus> {
    await this.#call('createTask', [taskId, task], options);
    const definition = fakeDefinition(task, this.#now());
    const run = { runId: 0, state: 'pending', reasonCreated: 'scheduled', scheduled: this.#iso() } as const;
    this.#state.tasks.set(taskId, { taskId, definition, runs: [run], retriesLeft: definition.retries });
    this.#state.changed.emit('change');
    return fakeStatus(this.#find(taskId));
  }

  async task(taskId: string, options?: CallOptions): Promise<TaskDefinition> {
    await this.#call('task', [taskId], options);
    return this.#find(taskId).definition;
  }

  async status(taskId: string, options?: CallOptions): Promise<TaskStatus> {
    await this.#call('status', [taskId], options);
    return fakeStatus(this.#find(taskId));
  }

  async *listGroup(
    taskGroupId: string,
    options?: CallOptions,
  ): AsyncGenerator<{ status: TaskStatus; task: TaskDefinition }> {
    await this.#call('listGroup', [taskGroupId], options);
    for (const task of this.#state.tasks.values()) {
      if (task.definition.taskGroupId !== taskGroupId) continue;
      yield { status: fakeStatus(task), task: task.definition };
    }
  }

  rerunTask(): Promise<TaskStatus> {
    return this.#unable('rerunTask');
  }

  async cancelTask(taskId: string, options?: CallOptions): Promise<TaskStatus> {
    await this.#call('cancelTask', [taskId], options);
    const task = this.#find(taskId);
    if (!isResolved(currentRun(task).state)) resolveRun(task, 'canceled', this.#iso());
    this.#state.changed.emit('change');
    return fakeStatus(task);
  }

  scheduleTask(): Promise<TaskStatus> {
    return this.#unable('scheduleTask');
  }

  changeTaskPriority(): Promise<TaskStatus> {
    return this.#unable('changeTaskPriority');
  }

  /** Waits until there is a task, or the signal aborts; a held call answers with what is there when it is let go. */
  async claimWork(
    taskQueueId: string,
    worker: { readonly workerGroup: string; readonly workerId: string; readonly tasks: number },
    options: CallOptions = {},
  ): Promise<readonly Claim[]> {
    // Without the signal: an aborted claim resolves with what was on its way.
    await this.#call('claimWork', [taskQueueId, worker]);
    for (;;) {
      const pending = [...this.#state.tasks.values()].filter((task) => currentRun(task).state === 'pending');
      if (pending.length > 0 || options.signal?.aborted) {
        return pending.slice(0, worker.tasks).map((task) => this.#claim(task, worker));
      }
      await once(this.#state.changed, 'change', { signal: options.signal }).catch(() => undefined);
    }
  }

  async reclaimTask(taskId: string, runId: number, options?: CallOptions): Promise<Reclaim> {
    await this.#call('reclaimTask', [taskId, runId], options);
    const task = this.#running(taskId, runId);
    return this.#renewed(task, runId);
  }

  async reportCompleted(taskId: string, runId: number, options?: CallOptions): Promise<TaskStatus> {
    await this.#call('reportCompleted', [taskId, runId], options);
    return this.#report({ taskId, runId, resolution: 'completed' });
  }

  async reportFailed(taskId: string, runId: number, options?: CallOptions): Promise<TaskStatus> {
    await this.#call('reportFailed', [taskId, runId], options);
    return this.#report({ taskId, runId, resolution: 'failed' });
  }

  async reportException(
    taskId: string,
    runId: number,
    reason: ReportedReason,
    options?: CallOptions,
  ): Promise<TaskStatus> {
    await this.#call('reportException', [taskId, runId, reason], options);
    return this.#report({ taskId, runId, resolution: reason });
  }

  async createArtifact(
    taskId: string,
    runId: number,
    name: string,
    artifact: ArtifactRequest,
    options?: CallOptions,
  ): Promise<ArtifactAnswer> {
    await this.#call('createArtifact', [taskId, runId, name, artifact], options);
    this.#find(taskId);
    this.#state.artifacts.set(`${taskId}/${runId}/${name}`, artifact);
    const putUrl = this.#options.putUrl ?? (() => 'http://127.0.0.1:9/nothing');
    const { storageType, expires } = artifact;
    return { storageType, expires, ...(storageType === 's3' && { putUrl: putUrl(taskId, runId, name) }) };
  }

  async finishArtifact(
    taskId: string,
    runId: number,
    name: string,
    uploadId: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.#call('finishArtifact', [taskId, runId, name, uploadId], options);
  }

  async artifactContent(
    taskId: string,
    runId: number | undefined,
    name: string,
    options?: CallOptions,
  ): Promise<FoundArtifact> {
    await this.#call('artifactContent', [taskId, runId, name], options);
    const task = this.#find(taskId);
    const run = runId ?? currentRun(task).runId;
    const artifact = this.#state.artifacts.get(`${taskId}/${run}/${name}`);
    if (artifact === undefined) throw absent(`there is no artifact "${name}"`);
    if (artifact.storageType === 'error' || artifact.storageType === 'reference') return artifact;
    if (artifact.storageType === 'link') return this.artifactContent(taskId, run, artifact.artifact, options);
    const url = this.#options.putUrl?.(taskId, run, name) ?? 'http://127.0.0.1:9/nothing';
    return { storageType: 's3', url };
  }

  async listArtifacts(
    taskId: string,
    runId: number | undefined,
    options?: CallOptions,
  ): Promise<readonly ListedArtifact[]> {
    await this.#call('listArtifacts', [taskId, runId], options);
    const prefix = `${taskId}/${runId ?? currentRun(this.#find(taskId)).runId}/`;
    return [...this.#state.artifacts]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, artifact]) => ({
        storageType: artifact.storageType,
        name: key.slice(prefix.length),
        expires: artifact.expires,
        contentType: 'contentType' in artifact ? (artifact.contentType ?? '') : 'application/json',
      }));
  }

  async findTask(namespace: string, options?: CallOptions): Promise<{ readonly taskId: string }> {
    await this.#call('findTask', [namespace], options);
    const taskId = this.#state.namespaces.get(namespace);
    if (taskId === undefined) throw absent(`nothing is indexed at "${namespace}"`);
    return { taskId };
  }

  async purgeRequests(
    workerPoolId: string,
    since: number | undefined,
    options?: CallOptions,
  ): Promise<readonly { readonly cacheName: string; readonly before: string }[]> {
    await this.#call('purgeRequests', [workerPoolId, since], options);
    return [...this.#state.purges];
  }

  async expandScopes(scopes: readonly string[], options?: CallOptions): Promise<readonly string[]> {
    await this.#call('expandScopes', [scopes], options);
    return scopes.flatMap((scope) => [scope, ...(this.#state.roles.get(scope) ?? [])]);
  }

  signUrl(url: string): string {
    return `${url}?bewit=fake`;
  }

  async waitResolved(
    taskId: string,
    runId: number | undefined,
    options: CallOptions = {},
  ): Promise<TaskStatus> {
    await this.#call('waitResolved', [taskId, runId], options);
    for (;;) {
      const task = this.#find(taskId);
      const run = task.runs[runId ?? currentRun(task).runId];
      if (run === undefined || isResolved(run.state)) return fakeStatus(task);
      await once(this.#state.changed, 'change', { signal: options.signal });
    }
  }

  async loseRuns(...[worker, runs, options]: Parameters<QueueClient['loseRuns']>): Promise<void> {
    await this.#call('loseRuns', [worker, runs], options);
  }

  usage(): Promise<never> {
    return this.#unable('usage');
  }

  listTasks(): Promise<never> {
    return this.#unable('listTasks');
  }

  fetch(...[path, init]: Parameters<QueueClient['fetch']>): Promise<Response> {
    return this.#options.fetch?.(path, init) ?? this.#unable('fetch');
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  #iso(atMs = this.#now()): string {
    return new Date(atMs).toISOString();
  }

  #fault(method: keyof QueueClient, fault: Fault): void {
    const name = String(method);
    this.#state.faults.set(name, [...(this.#state.faults.get(name) ?? []), fault]);
  }

  async #call(method: string, args: readonly unknown[], { signal }: CallOptions = {}): Promise<void> {
    this.#state.calls.push({ method, args, credentials: this.#credentials?.() });
    signal?.throwIfAborted();
    const fault = this.#state.faults.get(method)?.shift();
    if (fault === undefined) return;
    const aborted = new AbortController();
    const cut =
      signal && once(signal, 'abort', { signal: aborted.signal }).then(() => signal.throwIfAborted());
    try {
      await Promise.race([fault(), ...(cut === undefined ? [] : [cut])]);
    } finally {
      cut?.catch(() => undefined);
      aborted.abort();
    }
  }

  #unable(method: string): Promise<never> {
    return Promise.reject(new Error(`the fake queue knows no ${method}`));
  }

  #find(taskId: string): FakeTask {
    const task = this.#state.tasks.get(taskId);
    if (task === undefined) throw absent(`there is no task ${taskId}`);
    return task;
  }

  #running(taskId: string, runId: number): FakeTask {
    const task = this.#find(taskId);
    if (task.runs[runId]?.state !== 'running') throw conflict(`run ${runId} of ${taskId} does not run`);
    return task;
  }

  #claim(task: FakeTask, worker: { readonly workerGroup: string; readonly workerId: string }): Claim {
    const run = currentRun(task);
    const { workerGroup, workerId } = worker;
    task.runs[run.runId] = { ...run, state: 'running', workerGroup, workerId, started: this.#iso() };
    return { ...this.#renewed(task, run.runId), task: task.definition };
  }

  #renewed(task: FakeTask, runId: number): Reclaim {
    const takenUntil = this.#iso(this.#now() + (this.#options.claimMs ?? 20 * 60_000));
    const run = { ...currentRun(task), takenUntil };
    task.runs[runId] = run;
    this.#state.claims += 1;
    const { workerGroup = '', workerId = '' } = run;
    const credentials = {
      clientId: `task-client/${task.taskId}/${runId}`,
      accessToken: `token-${this.#state.claims}`,
      certificate: '{}',
    };
    return { status: fakeStatus(task), runId, workerGroup, workerId, takenUntil, credentials };
  }

  #report(report: FakeReport): TaskStatus {
    const { taskId, runId, resolution } = report;
    const task = this.#find(taskId);
    const reason = task.runs[runId]?.reasonResolved;
    if (reason === resolution) return fakeStatus(task);
    resolveRun(this.#running(taskId, runId), resolution, this.#iso());
    this.#state.reports.push(report);
    this.#state.changed.emit('change');
    return fakeStatus(task);
  }
}
