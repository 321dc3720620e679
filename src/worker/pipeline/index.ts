export { createPipelineRunner, type PipelineRunner, type PipelineRunnerOptions } from './pipeline-runner.ts';
export type { PipelineRequest } from './schema.ts';
export type { PipelineViews } from './views.ts';
