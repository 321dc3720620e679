import type { ProjectUsage } from '../wire.ts';

/** Whole days in UTC. */
export interface UsageRange {
  /** Milliseconds since the epoch: the beginning of the first day. */
  readonly from: number;
  /** The end of the last day. */
  readonly to: number;
}

/** A run that has ended: of a task, of a pipeline on this machine, or an image build. */
export interface EndedRun {
  /** `projectId` of tasks, the application of runs, the user of image builds. */
  readonly project: string;
  /** `exception`: it ended without a verdict, canceled or lost. */
  readonly outcome: 'passed' | 'failed' | 'exception';
  readonly seconds: number;
  /** Of what it stored. */
  readonly bytes: number;
}

/** What was used, by project. Servers that share a database share it. */
export interface Usage extends AsyncDisposable {
  /**
   * All that has ended by now, the longest first, at most 10,000 projects; a run counts for the day on which it ended.
   * Throws `DatabaseError`.
   */
  between(range: UsageRange): Promise<readonly ProjectUsage[]>;
}
