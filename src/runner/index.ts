export { readGitFacts, userName } from './facts.ts';
export { type LeftoverOptions, type Leftovers, removeLeftovers } from './leftovers.ts';
export {
  DEFINITION_NAMES,
  type DefinitionPlace,
  type LoadedDefinition,
  loadDefinition,
} from './load-definition.ts';
export type * from './request.ts';
export { type RunDependencies, runPipeline } from './run-pipeline.ts';
