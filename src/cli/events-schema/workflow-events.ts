import type { WorkflowEvent } from '../../workflow/index.ts';
import { choice, count, duration, type Field, list, object, optional, text } from './field.ts';

type Lines = {
  readonly [T in WorkflowEvent['type']]: Field<Omit<Extract<WorkflowEvent, { type: T }>, 'type' | 'at'>>;
};

interface PlacedPipeline {
  readonly name: string;
  readonly pipeline: string;
  readonly requires: readonly string[];
}

const workflow = text('its name in the file');
const name = text('of the pipeline, within the workflow');
const pipeline = text('of the pipeline, in the file');

/** What each type of line of a workflow holds, beside `version`, `type` and `time`. The types are those of its events. */
export const WORKFLOW_LINES: Lines = {
  'workflow-started': object({
    workflow,
    pipelines: list(object<PlacedPipeline>({ name, pipeline, requires: list(text()) })),
    limit: count('how many may run at once'),
  }),
  'workflow-pipeline-started': object({ workflow, name, pipeline, runId: text() }),
  'workflow-pipeline-finished': object({
    workflow,
    name,
    pipeline,
    runId: optional(text('absent for one that never started')),
    result: choice('passed', 'failed', 'skipped', 'interrupted'),
    startedAfterMs: optional(duration),
    durationMs: duration,
    message: optional(text('why it did not pass')),
  }),
  'workflow-finished': object({
    workflow,
    result: choice('passed', 'failed', 'interrupted'),
    durationMs: duration,
    criticalPath: list(text('the pipelines that decided how long it took')),
  }),
};
