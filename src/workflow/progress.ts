import {
  criticalPath,
  type PipelineOutcome,
  type WorkflowPipeline,
  type WorkflowSpec,
} from '../pipeline/index.ts';
import type { WorkflowEvent } from './events.ts';

/** What is known of a workflow while it runs, and what is told of it. */
export interface Progress {
  readonly ended: ReadonlyMap<string, PipelineOutcome>;
  begin(limit: number): void;
  started(pipeline: WorkflowPipeline, runId: string): void;
  finished(pipeline: WorkflowPipeline, end: PipelineEnd): void;
  /** Tells of those that never started, and of the whole. */
  close(interrupted: boolean): 'passed' | 'failed' | 'interrupted';
}

export interface PipelineEnd {
  readonly result: Exclude<PipelineOutcome, 'skipped'>;
  readonly message?: string;
}

interface Start {
  readonly runId: string;
  readonly afterMs: number;
}

export function trackProgress(workflow: WorkflowSpec, tell: (event: WorkflowEvent) => void): Progress {
  const beganAt = performance.now();
  const starts = new Map<string, Start>();
  const ended = new Map<string, PipelineOutcome>();
  const endedAfterMs = new Map<string, number>();
  const sinceBegin = (): number => performance.now() - beganAt;

  function tellSkipped(): void {
    for (const { name, pipelineName } of workflow.pipelines) {
      if (ended.has(name)) continue;
      ended.set(name, 'skipped');
      tell({
        type: 'workflow-pipeline-finished',
        at: Date.now(),
        workflow: workflow.name,
        name,
        pipeline: pipelineName,
        result: 'skipped',
        durationMs: 0,
      });
    }
  }

  function outcome(interrupted: boolean): 'passed' | 'failed' | 'interrupted' {
    if (interrupted) return 'interrupted';
    return [...ended.values()].every((each) => each === 'passed') ? 'passed' : 'failed';
  }

  return {
    ended,
    begin(limit) {
      const pipelines = workflow.pipelines.map(({ name, pipelineName, requires }) => ({
        name,
        pipeline: pipelineName,
        requires,
      }));
      tell({ type: 'workflow-started', at: Date.now(), workflow: workflow.name, pipelines, limit });
    },
    started({ name, pipelineName }, runId) {
      starts.set(name, { runId, afterMs: sinceBegin() });
      tell({
        type: 'workflow-pipeline-started',
        at: Date.now(),
        workflow: workflow.name,
        name,
        pipeline: pipelineName,
        runId,
      });
    },
    finished({ name, pipelineName }, { result, message }) {
      const { runId, afterMs } = starts.get(name) ?? { runId: '', afterMs: 0 };
      const endMs = sinceBegin();
      ended.set(name, result);
      endedAfterMs.set(name, endMs);
      tell({
        type: 'workflow-pipeline-finished',
        at: Date.now(),
        workflow: workflow.name,
        name,
        pipeline: pipelineName,
        runId,
        result,
        startedAfterMs: afterMs,
        durationMs: endMs - afterMs,
        ...(message === undefined ? {} : { message }),
      });
    },
    close(interrupted) {
      tellSkipped();
      const result = outcome(interrupted);
      tell({
        type: 'workflow-finished',
        at: Date.now(),
        workflow: workflow.name,
        result,
        durationMs: sinceBegin(),
        criticalPath: criticalPath(workflow.pipelines, endedAfterMs),
      });
      return result;
    },
  };
}
