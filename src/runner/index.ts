export { type LeftoverOptions, type Leftovers, removeLeftovers } from './leftovers.ts';
export type * from './request.ts';
export { type RunDependencies, runPipeline } from './run-pipeline.ts';
