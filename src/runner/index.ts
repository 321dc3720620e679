export type { ArtifactStore } from './artifact-store.ts';
export type {
  BuildCache,
  BuildToSave,
  CachedBuild,
  FindOptions,
  SavedBuild,
  TreePart,
} from './cached/build-cache.ts';
export { DamagedBuildError } from './cached/damaged-build.ts';
export { explainBuild } from './cached/explain.ts';
export type {
  BuildExplanation,
  EarlierDifference,
  ExplainBuildDependencies,
} from './cached/explain-build.ts';
export {
  type ExplainDependencies,
  explainCacheKey,
  type KeyExplanation,
} from './cached/inputs/explain-key.ts';
export { readBuildRecord } from './cached/read-build.ts';
export { COMMIT_TAGS, type CommitTag } from './committed-images.ts';
export { pipelineCacheRef, sourceRef, submittedRef } from './fleet-refs.ts';
export { askHold } from './hold/ask-hold.ts';
export { type HoldRecord, listHolds } from './hold/hold-record.ts';
export type { HoldRequest } from './hold/hold-request.ts';
export type { Interrupts } from './interrupts.ts';
export { isMadeByRun } from './labels.ts';
export { type LeftoverOptions, type Leftovers, removeLeftovers } from './leftovers.ts';
export type { OutlinedContainer, OutlinedStep, OutlinedValue, RunOutline } from './outline.ts';
export type { Choice, Person } from './person.ts';
export { type PlanDependencies, planRun } from './plan-run.ts';
export type * from './request.ts';
export { type RunDependencies, runPipeline } from './run-pipeline.ts';
export { readIgnore } from './stage-source.ts';
export type { FileChange } from './states/diff-files.ts';
export type { ShellChange } from './states/diff-shells.ts';
export { type DiffRequest, diffStates, type StateDiff } from './states/diff-states.ts';
export { type EnterRequest, enterState } from './states/enter-state.ts';
export type { ImageFile } from './states/image-files.ts';
export { type ListedRun, type ListedState, listStates } from './states/list-states.ts';
export { removeAllStates } from './states/remove-states.ts';
export { chooseSubnet } from './subnet.ts';
export { pointLink, removeTemporaries } from './working-folder.ts';
