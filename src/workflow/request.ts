import type { RunEventSink } from '../kernel/index.ts';
import type { WorkflowPipeline, WorkflowSpec } from '../pipeline/index.ts';
import type { RunDependencies, RunRequest } from '../runner/index.ts';
import type { WorkflowEvent } from './events.ts';

/** Everything that one execution of a workflow is told. */
export interface WorkflowRequest {
  readonly workflow: WorkflowSpec;
  /**
   * What all its runs have in common, the file read; kind, pipeline, run id, artifacts and, but for roots, the source are
   * set for each.
   */
  readonly run: RunRequest & Required<Pick<RunRequest, 'definition'>>;
  /** The host's variables for the pipelines that have an `envFile`, by their name within the workflow. */
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** How many pipelines may run at once, from 1. */
  readonly limit: number;
  /**
   * After a failure: `finish` starts nothing more and lets what runs come to its end; `stop` ends that too; `go-on`
   * starts what does not depend on the failed one.
   */
  readonly afterFailure: 'finish' | 'stop' | 'go-on';
}

export interface WorkflowDependencies extends Pick<RunDependencies, 'engine' | 'signal' | 'artifactStore'> {
  /** Where the events of a pipeline's run go. */
  readonly eventsOf: (pipeline: WorkflowPipeline) => RunEventSink;
  readonly onEvent: (event: WorkflowEvent) => void;
  /** 24 hexadecimal digits, fresh each time. */
  readonly newRunId: () => string;
}

export interface WorkflowResult {
  readonly result: 'passed' | 'failed' | 'interrupted';
}
