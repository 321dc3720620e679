import type { Flag } from '../flag.ts';

export const RUNS_FLAGS: readonly Flag[] = [];
export const ARTIFACTS_LIST_FLAGS: readonly Flag[] = [];
export const GC_FLAGS: readonly Flag[] = [];
