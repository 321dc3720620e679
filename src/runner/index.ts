export { COMMIT_TAGS, type CommitTag } from './committed-images.ts';
export { type LeftoverOptions, type Leftovers, removeLeftovers } from './leftovers.ts';
export type { OutlinedContainer, OutlinedStep, OutlinedValue, RunOutline } from './outline.ts';
export { type PlanDependencies, planRun } from './plan-run.ts';
export type * from './request.ts';
export { type RunDependencies, runPipeline } from './run-pipeline.ts';
