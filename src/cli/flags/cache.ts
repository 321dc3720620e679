import type { Flag } from '../flag.ts';

const REPOSITORY: Flag = {
  name: 'repository',
  value: 'DIR',
  about: "the repository that is meant (default: this machine's own cache in the data folder)",
};

/** Which repository, for every command of the cache. */
export const CACHE_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_INIT_FLAGS: readonly Flag[] = [];
export const CACHE_LIST_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_CHECKOUT_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_LOG_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_COMMIT_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PUSH_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PULL_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PRUNE_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_FSCK_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_WHY_FLAGS: readonly Flag[] = [];
