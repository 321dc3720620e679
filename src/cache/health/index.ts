export type { Removed } from './carry-out.ts';
export { DEFAULT_GRACE_MS, type MakeRoomOptions, makeRoom } from './make-room.ts';
export { pinRefs, readPins, unpinRefs } from './pins.ts';
export type { IncompleteRef } from './plan-removal.ts';
export { type Pruned, type PruneOptions, prune } from './prune.ts';
export { noteGrowth } from './stored-size.ts';
