import type {
  WorkflowFinished,
  WorkflowPipelineFinished,
  WorkflowPipelineStarted,
  WorkflowStarted,
} from '../../workflow/index.ts';
import { choice, duration, type Field, list, object, optional, text, whole } from './field.ts';

/** What every line has is said once for all. */
type Fields<E> = Omit<E, 'type' | 'at'>;

/** What a workflow tells beside the lines of its runs. */
export interface WorkflowLines {
  readonly 'workflow-started': Fields<WorkflowStarted>;
  readonly 'workflow-pipeline-started': Fields<WorkflowPipelineStarted>;
  readonly 'workflow-pipeline-finished': Fields<WorkflowPipelineFinished>;
  readonly 'workflow-finished': Fields<WorkflowFinished>;
}

const name = text('within the workflow');
const pipeline = text('of the file');

export const WORKFLOW_LINES: { readonly [T in keyof WorkflowLines]: Field<WorkflowLines[T]> } = {
  'workflow-started': object({
    workflow: text(),
    pipelines: list(object<WorkflowStarted['pipelines'][number]>({ name, pipeline, requires: list(text()) })),
    limit: whole('how many may run at once'),
  }),
  'workflow-pipeline-started': object({ workflow: text(), name, pipeline, runId: text() }),
  'workflow-pipeline-finished': object({
    workflow: text(),
    name,
    pipeline,
    runId: optional(text('absent for one that never started')),
    result: choice('passed', 'failed', 'interrupted', 'skipped'),
    startedAfterMs: optional(duration),
    durationMs: duration,
    message: optional(text('why it did not pass')),
  }),
  'workflow-finished': object({
    workflow: text(),
    result: choice('passed', 'failed', 'interrupted'),
    durationMs: duration,
    criticalPath: list(text()),
  }),
};
