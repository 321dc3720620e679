import type { Flag } from '../flag.ts';

export const ARTIFACTS_GET_FLAGS: readonly Flag[] = [];
