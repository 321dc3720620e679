export type { Removed } from './carry-out.ts';
export type { CheckProgress } from './check-objects.ts';
export { type Checked, type CheckOptions, checkRepository, type Problem } from './check-repository.ts';
export { DEFAULT_GRACE_MS, type MakeRoomOptions, makeRoom } from './make-room.ts';
export { pinRefs, unpinRefs } from './pins.ts';
export type { IncompleteRef } from './plan-removal.ts';
export { type Pruned, type PruneOptions, prune } from './prune.ts';
export { type RepositoryStatus, repositoryStatus } from './repository-status.ts';
