import type { Database } from '../database/index.ts';
import type { ArtifactRecord, QueueEvents } from './queue.ts';

export interface QueueOptions {
  /** Opened with `QUEUE_MIGRATIONS` among its migrations; the queue does not close it. */
  readonly database: Database;
  /**
   * Milliseconds since the epoch. Absent: this machine's clock, and with PostgreSQL the database's, so that servers whose
   * clocks differ agree.
   */
  readonly now?: () => number;
  /** How long a claim holds without being renewed. @defaultValue 20 minutes */
  readonly claimTimeoutMs?: number;
  /** How far ahead a deadline may be. @defaultValue 5 days */
  readonly deadlineLimitMs?: number;
  /** How many dependencies a task may have. @defaultValue 10,000 */
  readonly dependencyLimit?: number;
  /** The longest pause between two looks for what is over; what this server knows of is looked at in time. @defaultValue 30 s */
  readonly sweepEveryMs?: number;
  readonly events?: QueueEvents;
  /**
   * Removes what these artifacts left in the store; called before their records go, at most 1,000 at a time, and again if it
   * throws. Repeats are possible.
   */
  readonly onArtifactsExpired?: (artifacts: readonly ArtifactRecord[]) => Promise<void>;
  /** Removes what else is kept of these tasks (their logs); like `onArtifactsExpired`. */
  readonly onTasksExpired?: (taskIds: readonly string[]) => Promise<void>;
  /** Told what the sweep could not do; it tries again later. */
  readonly onError?: (error: unknown) => void;
}
