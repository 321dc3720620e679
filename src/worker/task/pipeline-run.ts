import type { TaskPayload } from '../payload/index.ts';
import type { TaskContext } from './task-context.ts';

/** What a payload with a pipeline is run with. */
export interface PipelineRun {
  /** With `pipeline`, whose own rules are not checked yet. */
  readonly payload: TaskPayload;
  /** Of the payload, of features, and what no task can change. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborts with the run, and after its time. */
  readonly signal: AbortSignal;
}

/**
 * Runs a payload's pipeline in the place of an image's container. Its output goes to `task.log`. Resolves when nothing of it
 * runs any more, also after an abort. Throws `TaskFailure` with what the log is to say.
 */
export type RunPipelinePayload = (
  task: TaskContext,
  run: PipelineRun,
) => Promise<{ readonly exitCode: number }>;
