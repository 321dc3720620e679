import type { Range } from '../kernel/index.ts';

/** Pipelines chained by what they require, as a file names them (contract: docs/contracts/pipeline.md, "Workflows"). */
export interface WorkflowSpec {
  readonly name: string;
  /** In the order of the file; names are unique and every requirement is one of them. */
  readonly pipelines: readonly WorkflowPipeline[];
  readonly range: Range;
}

/** One place of a pipeline in a workflow; the same pipeline may have several, under different names. */
export interface WorkflowPipeline {
  /** Within the workflow. */
  readonly name: string;
  /** Of the file. */
  readonly pipelineName: string;
  /** Names within the workflow, each once; empty: it starts from the project. */
  readonly requires: readonly string[];
  /** Which of several required pipelines' output is the source; absent: all of them, a folder each. */
  readonly artifactPipeline?: string;
  /** Read for this pipeline instead of the `--environment` file; relative to the current folder. */
  readonly envFile?: string;
  readonly range: Range;
}
