import { count, duration, type Field, flag, list, object, optional, text } from './field.ts';

/** What `cache pull` answers. */
export interface CachePullLines {
  /** While it goes on, about once a second. */
  readonly 'cache-pulling': {
    readonly doneObjects: number;
    readonly totalObjects: number;
    readonly doneBytes: number;
    /** Absent: nobody knows before the end. */
    readonly totalBytes?: number;
  };
  /** Something that did not end it: another try, a cache that could not give what it has. */
  readonly 'cache-pull-notice': { readonly message: string };
  /** An artifact that is here now. */
  readonly 'cache-pulled': {
    readonly ref: string;
    readonly commit: string;
    readonly cache: string;
    /** Whether it was here before, the same. */
    readonly wasHere: boolean;
  };
  /** An artifact that could not be had. */
  readonly 'cache-pull-failed': { readonly ref: string; readonly reasons: readonly string[] };
  /** At the end. */
  readonly 'cache-pull-finished': {
    readonly repository: string;
    readonly pulled: number;
    readonly failed: number;
    readonly fetchedObjects: number;
    readonly fetchedBytes: number;
    readonly durationMs: number;
  };
}

export const CACHE_PULL_LINES: { readonly [T in keyof CachePullLines]: Field<CachePullLines[T]> } = {
  'cache-pulling': object({
    doneObjects: count('objects that came, all checked'),
    totalObjects: count('as far as it is known by now: it grows while directories are read'),
    doneBytes: count('what came, as it is stored'),
    totalBytes: optional(count('absent: nobody knows before the end')),
  }),
  'cache-pull-notice': object({ message: text('another try, or what is wrong with a cache') }),
  'cache-pulled': object({
    ref: text(),
    commit: text('64 hex digits'),
    cache: text('where it came from, or would have'),
    wasHere: flag('whether it was here before, the same'),
  }),
  'cache-pull-failed': object({ ref: text(), reasons: list(text('what a cache said of it')) }),
  'cache-pull-finished': object({
    repository: text('the folder of the repository that artifacts came into'),
    pulled: count('artifacts that are here now'),
    failed: count('artifacts that could not be had'),
    fetchedObjects: count(),
    fetchedBytes: count('as they are stored'),
    durationMs: duration,
  }),
};
