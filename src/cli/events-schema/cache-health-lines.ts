import type { IncompleteRef, Pruned, RepositoryStatus } from '../../cache/index.ts';
import { choice, count, type Field, flag, list, object, optional, text, whole } from './field.ts';

/** What `cache fsck`, `cache prune`, `cache pin`, `cache unpin` and `cache status` answer. */
export interface CacheHealthLines {
  /** How far a check is; at most once a second. */
  readonly 'cache-checking': {
    readonly objects: number;
    readonly totalObjects: number;
    readonly bytes: number;
    readonly totalBytes: number;
  };
  /** Something is wrong. */
  readonly 'cache-problem': {
    readonly what: 'object' | 'ref' | 'commit' | 'file' | 'summary';
    /** The object, ref, commit or file. */
    readonly name: string;
    readonly problem: string;
  };
  readonly 'cache-checked': {
    readonly repository: string;
    readonly objects: number;
    readonly bytes: number;
    readonly refs: number;
    readonly problems: number;
    readonly repaired: boolean;
    readonly sound: boolean;
  };
  readonly 'cache-pruned': Omit<Pruned, 'bytes'> & {
    readonly repository: string;
    readonly dryRun: boolean;
    readonly freedBytes: number;
  };
  readonly 'cache-pinned': { readonly repository: string; readonly ref: string; readonly pinned: boolean };
  readonly 'cache-status': RepositoryStatus & {
    readonly repository: string;
    readonly quotaBytes?: number;
    readonly keepFreeBytes: number;
  };
}

const repository = text('its folder');
const incomplete = list(
  object<IncompleteRef>({ ref: text(), commit: text(), problem: text('what is missing or damaged') }),
);
const at = (description: string) => optional(whole(`${description}: milliseconds since the epoch`));

export const CACHE_HEALTH_LINES: {
  readonly [T in keyof CacheHealthLines]: Field<CacheHealthLines[T]>;
} = {
  'cache-checking': object({
    objects: count('objects that were checked'),
    totalObjects: count(),
    bytes: count('bytes that were read'),
    totalBytes: count(),
  }),
  'cache-problem': object({
    what: choice('object', 'ref', 'commit', 'file', 'summary'),
    name: text('the object, ref, commit or file'),
    problem: text(),
  }),
  'cache-checked': object({
    repository,
    objects: count(),
    bytes: count('what objects take as they are stored'),
    refs: count('refs that are there now'),
    problems: count('what was wrong'),
    repaired: flag('whether what was wrong was taken away'),
    sound: flag('whether nothing is wrong now'),
  }),
  'cache-pruned': object({
    repository,
    dryRun: flag('whether this is only what would go'),
    refs: list(text()),
    objects: count(),
    freedBytes: count(),
    leftRefs: count(),
    leftBytes: count(),
    incomplete,
  }),
  'cache-pinned': object({ repository, ref: text(), pinned: flag('whether it is pinned now') }),
  'cache-status': object({
    repository,
    refs: count(),
    objects: count(),
    bytes: count('what objects take as they are stored'),
    quotaBytes: optional(count('what they may take; absent: what the disk has')),
    keepFreeBytes: count('room that stays free on the disk'),
    unneededObjects: count('objects that no ref needs, and that are old enough to go'),
    unneededBytes: count('what pruning would free now'),
    keptObjects: count('objects that cut pushes and pulls left for the next ones, beside all others'),
    keptBytes: count('what those take'),
    pinned: list(text()),
    absentPins: list(text()),
    incomplete,
    lastUsedAt: at('when an artifact was used last'),
    leastUsedAt: at('when the one was used that would go first'),
    leastUsed: optional(text('the ref that would go first')),
  }),
};
