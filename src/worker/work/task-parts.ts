import type { Claim } from '../../queue-api/index.ts';
import type { Resolution } from '../task/resolution.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { TaskLog } from '../task/task-log.ts';

/**
 * Runs one claimed run to its end and says what is to be reported; does not reject for what a task, the engine or the
 * queue can do. Its container is removed through `task.garbage`, its log is ended.
 */
export type RunTask = (task: TaskContext) => Promise<Resolution>;

/** The named caches of a worker, as its loop and its sweeps see them. */
export interface CacheKeeper {
  /** Whether there is any: only then purge requests are asked for. */
  readonly isEmpty: boolean;
  /** Instances made before the moment (milliseconds since the epoch) are not given to another task, and removed. */
  purge(cacheName: string, before: number): Promise<void>;
  /**
   * Removes what is marked and not in use; with `all`, everything that is not in use, the longest unused first, until
   * `isEnough` says so. Says which names.
   */
  collect(options: {
    readonly all: boolean;
    readonly isEnough?: () => Promise<boolean>;
  }): Promise<readonly string[]>;
}

/** What the worker is given to run tasks with. */
export interface TaskParts {
  readonly runTask: RunTask;
  /** Makes the log of a run, below its folder. */
  readonly openLog: (options: {
    readonly folder: string;
    readonly maxBytes: number;
    readonly now: () => number;
  }) => Promise<TaskLog>;
  readonly caches: CacheKeeper;
  /** How many tasks more the devices of this machine are enough for. @defaultValue no limit */
  readonly freeDevices?: () => number;
  /** Counts what a claimed task is going to take as not free, until its run has ended. */
  readonly expectDevices?: (claim: Claim) => Disposable;
}
