export { ambientNamesInBytes } from './cache-key/ambient.ts';
export type {
  CacheInput,
  CacheInputKind,
  CacheKey,
  NotCacheable,
  SourceEntry,
} from './cache-key/cache-key.ts';
export {
  compareInputs,
  compareSources,
  type InputChange,
  type SourceChange,
  secretsAmong,
} from './cache-key/compare-inputs.ts';
export type { CacheFacts } from './cache-key/find-inputs.ts';
export { makeCacheKey } from './cache-key/make-key.ts';
export { type CacheableRequest, whyNotCacheable } from './cache-key/not-cacheable.ts';
export { blocksPipeline, type ParsedDefinition, parseDefinition } from './definition/parse-definition.ts';
export { parsePort } from './definition/port.ts';
export type {
  BoxCredentials,
  BoxSpec,
  Definition,
  PipelineSpec,
  PortSpec,
  PropertyValue,
  ReadySpec,
  StepSource,
  StepSpec,
  VolumeSpec,
} from './definition.ts';
export {
  type BuiltEnvironment,
  buildEnvironment,
  type EnvironmentInput,
  type GitFacts,
} from './environment/build-environment.ts';
export { mergeEnvironmentFile, parseEnvironmentFile, passProxies } from './environment/environment-file.ts';
export type { EnvironmentEntry } from './environment.ts';
export { type ParsedManifest, parseManifest } from './manifest/parse-manifest.ts';
export type { StepManifest, StepProperty } from './manifest.ts';
export { LAPTOP_ONLY, type LaptopOnly, type LaptopRules, laptopOnly } from './plan/laptop-only.ts';
export { type PlanInput, planPipeline } from './plan/plan-pipeline.ts';
export { type PipelineTarget, resolveTarget, type TargetChoice } from './plan/resolve-target.ts';
export type { Plan, PlannedStep, ResolvedStep, StepVariable } from './plan.ts';
export {
  type InternalManifest,
  type InternalProperty,
  internalManifest,
  type PropertyForm,
} from './properties/internal-steps.ts';
export { definitionSchema } from './schema/definition-schema.ts';
export { interpolate } from './shell/interpolate.ts';
export { exportStatement, quoteWithVariables, shellQuote } from './shell/quote.ts';
export { shellSplit } from './shell/split.ts';
export type { WorkflowPipeline, WorkflowSpec } from './workflow.ts';
export {
  criticalPath,
  type PipelineOutcome,
  pipelinesToStart,
  type SchedulePolicy,
} from './workflow-schedule.ts';
export { MAX_SOURCE_LENGTH } from './yaml/limits.ts';
