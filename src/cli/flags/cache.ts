import type { Flag } from '../flag.ts';

const REPOSITORY: Flag = {
  name: 'repository',
  value: 'DIR',
  about: "the repository that is meant (default: this machine's own cache in the data folder)",
};

/** Which repository, for every command of the cache. */
export const CACHE_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_INIT_FLAGS: readonly Flag[] = [
  {
    name: 'quota',
    value: 'SIZE',
    about: 'what artifacts may take together: what was not used for longest goes; `unlimited` for no bound',
  },
  { name: 'keep-free', value: 'SIZE', about: 'room that stays free on the disk' },
  { name: 'max-object', value: 'SIZE', about: 'the largest file that is taken' },
  { name: 'write-once', about: 'a ref that names a whole artifact is never moved' },
  {
    name: 'objects',
    value: 'URL',
    about: 'keep objects in a bucket: s3://BUCKET/PREFIX or oci://NAMESPACE/BUCKET/PREFIX',
  },
];
export const CACHE_LIST_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_CHECKOUT_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_LOG_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_COMMIT_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PUSH_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PULL_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_PRUNE_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_FSCK_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_WHY_FLAGS: readonly Flag[] = [];
