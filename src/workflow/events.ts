import type { PipelineOutcome } from '../pipeline/index.ts';

/** What happens in a workflow, beside the events of its runs. Times are milliseconds since the epoch. */
export type WorkflowEvent =
  | WorkflowStarted
  | WorkflowPipelineStarted
  | WorkflowPipelineFinished
  | WorkflowFinished;

export interface WorkflowStarted {
  readonly type: 'workflow-started';
  readonly at: number;
  readonly workflow: string;
  /** In the order of the file. */
  readonly pipelines: readonly {
    readonly name: string;
    readonly pipeline: string;
    readonly requires: readonly string[];
  }[];
  /** How many may run at once. */
  readonly limit: number;
}

export interface WorkflowPipelineStarted {
  readonly type: 'workflow-pipeline-started';
  readonly at: number;
  readonly workflow: string;
  /** Within the workflow. */
  readonly name: string;
  /** Of the file. */
  readonly pipeline: string;
  readonly runId: string;
}

export interface WorkflowPipelineFinished {
  readonly type: 'workflow-pipeline-finished';
  readonly at: number;
  readonly workflow: string;
  readonly name: string;
  readonly pipeline: string;
  /** Absent for one that never started. */
  readonly runId?: string;
  readonly result: PipelineOutcome;
  /** From the start of the workflow to its own, absent for one that never started. */
  readonly startedAfterMs?: number;
  /** Zero for one that never started. */
  readonly durationMs: number;
  /** Why it did not pass. */
  readonly message?: string;
}

export interface WorkflowFinished {
  readonly type: 'workflow-finished';
  readonly at: number;
  readonly workflow: string;
  readonly result: 'passed' | 'failed' | 'interrupted';
  readonly durationMs: number;
  /** The pipelines, each waiting for the one before, that decided how long it took. */
  readonly criticalPath: readonly string[];
}
