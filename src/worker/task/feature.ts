import type { ContainerSpec } from '../../engine/index.ts';
import type { TaskContext } from './task-context.ts';

/** What a feature changes about the container that is going to be made. */
export interface ContainerAddition {
  /** Weaker than the payload's own `env`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly mounts?: ContainerSpec['mounts'];
  /** `host:address` each. */
  readonly extraHosts?: readonly string[];
  readonly capabilitiesAdded?: readonly string[];
  readonly devices?: readonly string[];
  /** The container joins this network in the place of the worker's. At most one feature asks for one. */
  readonly network?: string;
  readonly privileged?: boolean;
  /** In the engine's words: `seccomp=unconfined`. */
  readonly securityOptions?: readonly string[];
  /**
   * Wraps what the container runs: gets entrypoint and command as one list, and gives back the whole list that is run in
   * their place.
   */
  readonly wrapCommand?: (command: readonly string[]) => readonly string[];
}

/** How the container ended; `exitCode` -1: it was not started, or was killed by the worker. */
export interface TaskOutcome {
  readonly success: boolean;
  readonly exitCode: number;
  /** Absent: no container was made. */
  readonly containerId?: string;
  /** The run was aborted, or took too long: artifacts of the payload are not uploaded. */
  readonly endedEarly?: 'timeout' | 'aborted' | 'malformed' | 'setup';
}

/** Thrown by a hook: the sentence goes into the task's log, and the run ends as `failed` unless `exception` says otherwise. */
export class TaskFailure extends Error {
  override readonly name = 'TaskFailure';
  readonly exception: 'malformed-payload' | 'internal-error' | 'resource-unavailable' | undefined;

  constructor(message: string, options: { exception?: TaskFailure['exception']; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exception = options.exception;
  }
}

/**
 * One feature at work for one run. Hooks are called in this order, each at most once, `link` and `created` of all features
 * before the container is made; what they open is closed in `killed`, which is always called once `link` was.
 */
export interface ActiveFeature {
  readonly name: string;
  /** Starts what the container is to be linked with. */
  link?(task: TaskContext): Promise<ContainerAddition | undefined>;
  created?(task: TaskContext): Promise<ContainerAddition | undefined>;
  /** The container runs. */
  started?(task: TaskContext, containerId: string): Promise<void>;
  /** The container has ended and is still there; the log still takes lines. An error makes a success an exception `internal-error`. */
  stopped?(task: TaskContext, outcome: TaskOutcome): Promise<void>;
  /** The log has ended; its whole content can be read. */
  killed?(task: TaskContext, outcome: TaskOutcome): Promise<void>;
}

/** A feature by its name in `payload.features`. */
export interface Feature {
  readonly name: string;
  /** What holds where the payload does not name it. */
  readonly default: boolean;
  /** Scopes that the task needs, each. */
  readonly scopes?: readonly string[];
  start(task: TaskContext): ActiveFeature;
}
