import type { RepositorySettings } from '../../cache/index.ts';
import { count, type Field, flag, object, optional, text } from './field.ts';

/** What `cache init`, `cache summary` and `cache remove` answer. */
export interface CacheRepositoryLines {
  /** A repository was made, or is kept in another way now. */
  readonly 'cache-initialised': { readonly repository: string; readonly settings: RepositorySettings };
  readonly 'cache-summary': {
    readonly repository: string;
    readonly refs: number;
    /** Refs that did not fit. */
    readonly leftOut: number;
  };
  /** A ref is not there any more. */
  readonly 'cache-removed': { readonly repository: string; readonly ref: string };
}

export const CACHE_REPOSITORY_LINES: {
  readonly [T in keyof CacheRepositoryLines]: Field<CacheRepositoryLines[T]>;
} = {
  'cache-initialised': object({
    repository: text('its folder'),
    settings: object({
      quotaBytes: optional(count('what objects may take together; absent: what the disk has')),
      keepFreeBytes: count('room that stays free on the disk'),
      writeOnce: flag('whether a ref that names a complete commit is never moved'),
      maxObjectBytes: count('the largest object that is taken'),
      objects: optional(text('the store that objects are in, if not in the folder')),
    }),
  }),
  'cache-summary': object({
    repository: text('its folder'),
    refs: count('refs that the summary lists'),
    leftOut: count('refs that did not fit into 10 MiB, which is what clients read'),
  }),
  'cache-removed': object({ repository: text('its folder'), ref: text() }),
};
