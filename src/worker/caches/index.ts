export { type CacheLease, type Caches, type CachesOptions, openCaches } from './open-caches.ts';
