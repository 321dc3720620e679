import type { Flag } from '../flag.ts';

/** Of a build that may come from the cache. */
export const CACHED: readonly Flag[] = [
  {
    name: 'cache',
    about: 'take what an earlier build of the same inputs made, else build and keep it; implies --artifacts',
  },
  {
    name: 'cache-push',
    on: true,
    about: 'send what --cache kept to the configured caches; --no-cache-push: keep it on this machine',
  },
  { name: 'pull-url', value: 'URL', about: 'the cache to pull from, instead of the configured ones' },
  { name: 'push-url', value: 'URL', about: 'the cache to push to, instead of the configured ones' },
  { name: 'push-port', value: 'PORT', about: 'of ssh, where --push-url names none' },
];

/** Known to what is no build, so that it can be said why it is not for that. */
export const NOT_CACHED: readonly Flag[] = [
  { name: 'cache', hidden: true, about: 'only builds come from the cache' },
];
