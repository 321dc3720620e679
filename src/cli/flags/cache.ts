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
export const CACHE_LIST_FLAGS: readonly Flag[] = [
  { name: 'remote', about: 'those that the configured caches list, instead of those here' },
  { name: 'pull-url', value: 'URL', about: 'the cache that is asked, instead of the configured ones' },
  { name: 'limit', value: 'N', default: '50', about: 'how many to list at most; the newest come first' },
  { name: 'long', short: 'l', about: 'with the commits' },
  REPOSITORY,
];
export const CACHE_CHECKOUT_FLAGS: readonly Flag[] = [
  { name: 'path', value: 'PATH', about: 'only what is below this folder of the artifact' },
  { name: 'whole', about: 'all of the artifact: files, metadata and logs' },
  { name: 'force', about: 'replace what is in the folder' },
  REPOSITORY,
];
export const CACHE_LOG_FLAGS: readonly Flag[] = [REPOSITORY];
export const CACHE_COMMIT_FLAGS: readonly Flag[] = [
  { name: 'log', value: 'FILE', about: 'what the build printed' },
  { name: 'public', value: 'FILE', about: "the element's public data, YAML" },
  { name: 'message', value: 'TEXT', about: 'what the commit says beside its ref' },
  REPOSITORY,
];
export const CACHE_PUSH_FLAGS: readonly Flag[] = [
  REPOSITORY,
  {
    name: 'push-url',
    value: 'URL',
    repeat: true,
    about:
      'where to, instead of the configured caches: USER@HOST:PATH, ssh://USER@HOST:PORT/PATH, or a folder',
  },
  { name: 'push-port', value: 'PORT', about: 'port of ssh, where --push-url names none' },
  { name: 'retries', value: 'N', default: '2', about: 'how often a push that was cut is tried again' },
  {
    name: 'answer-timeout',
    value: 'SECONDS',
    hidden: true,
    about: 'how long a receiver may be silent (default: 150 for its first answer, 600 for the others)',
  },
];
export const CACHE_PULL_FLAGS: readonly Flag[] = [
  REPOSITORY,
  {
    name: 'pull-url',
    value: 'URL',
    repeat: true,
    about: 'the cache to pull from, instead of the configured ones; several are asked in their order',
  },
  {
    name: 'retries',
    value: 'N',
    default: '5',
    about: 'how often what may pass is tried again: a connection that broke, a 500',
  },
  { name: 'jobs', value: 'N', default: '8', about: 'how many connections are used at a time' },
  {
    name: 'stall-timeout',
    value: 'SECONDS',
    default: '30',
    hidden: true,
    about: 'how long nothing may come before it is tried again',
  },
];
export const CACHE_PRUNE_FLAGS: readonly Flag[] = [
  {
    name: 'quota',
    value: 'SIZE',
    about: "what artifacts may take together (default: the repository's own quota); pinned ones stay",
  },
  {
    name: 'grace',
    value: 'DURATION',
    default: '1h',
    about: 'what was used or stored so short a time ago stays: longer than any push or pull takes',
  },
  { name: 'dry-run', about: 'only say what would go' },
  REPOSITORY,
];
export const CACHE_FSCK_FLAGS: readonly Flag[] = [
  {
    name: 'repair',
    about:
      'take away what is damaged and the artifacts that are not whole because of it, and rewrite the summary',
  },
  REPOSITORY,
];
