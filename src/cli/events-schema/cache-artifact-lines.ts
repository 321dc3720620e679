import type { ArtifactKeys } from '../cached-artifacts/artifact-metadata.ts';
import type { Field } from './field.ts';
import { choice, count, object, optional, text } from './field.ts';

/** An artifact of a cache. */
export interface ShownCacheRef {
  readonly ref: string;
  readonly commit: string;
  /** Of this machine; absent: it is in the other cache. */
  readonly repository?: string;
  /** Another cache that has it, as it is called. */
  readonly cache?: string;
  /** Milliseconds since the epoch; absent: the cache does not say it. */
  readonly committedAt?: number;
  readonly storedBytes?: number;
}

export interface ShownCacheArtifact extends ShownCacheRef {
  readonly subject: string;
  readonly keys?: ArtifactKeys;
  readonly objects: number;
}

/** A line has a `type` already, so what an entry is has another name. */
export interface ShownCacheEntry {
  readonly ref: string;
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Permissions. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly target?: string;
}

/** What the commands about artifacts of the cache answer. */
export interface CacheArtifactLines {
  readonly 'cache-ref': ShownCacheRef;
  readonly 'cache-artifact': ShownCacheArtifact;
  readonly 'cache-entry': ShownCacheEntry;
  readonly 'cache-log': { readonly ref: string; readonly text: string };
  readonly 'cache-checked-out': {
    readonly ref: string;
    readonly commit: string;
    readonly folder: string;
    readonly files: number;
    readonly folders: number;
    readonly links: number;
    readonly sizeBytes: number;
  };
  readonly 'cache-committed': {
    readonly refs: readonly string[];
    readonly commit: string;
    readonly repository: string;
    readonly files: number;
    readonly folders: number;
    readonly sizeBytes: number;
    readonly newFiles: number;
  };
}

const REF = {
  ref: text(),
  commit: text('its id'),
  repository: optional(text('the folder that it is in; absent: it is in another cache')),
  cache: optional(text('the other cache that it is in')),
  committedAt: optional(count('milliseconds since 1970; absent: the cache does not say it')),
  storedBytes: optional(count('all that it needs, as it is stored')),
} as const;

const FILES = {
  files: count('links counted unless they are told apart'),
  folders: count(),
  sizeBytes: count('of all files'),
} as const;

const byName: Field<Readonly<Record<string, string>>> = {
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  optional: false,
};

export const CACHE_ARTIFACT_LINES: {
  readonly [T in keyof CacheArtifactLines]: Field<CacheArtifactLines[T]>;
} = {
  'cache-ref': object<ShownCacheRef>(REF),
  'cache-artifact': object<ShownCacheArtifact>({
    ...REF,
    subject: text('of the commit'),
    keys: optional(object<ArtifactKeys>({ strong: text(), weak: text(), dependencies: byName })),
    objects: count('that it needs'),
  }),
  'cache-entry': object<ShownCacheEntry>({
    ref: text(),
    path: text(),
    kind: choice('file', 'folder', 'link'),
    mode: count('permissions'),
    sizeBytes: count(),
    target: optional(text('of a link')),
  }),
  'cache-log': object({ ref: text(), text: text('one line, without its end') }),
  'cache-checked-out': object({
    ref: text(),
    commit: text('its id'),
    folder: text('that the files are in'),
    ...FILES,
    links: count(),
  }),
  'cache-committed': object({
    refs: { schema: { type: 'array', items: { type: 'string' } }, optional: false },
    commit: text('its id'),
    repository: text('its folder'),
    ...FILES,
    newFiles: count('files whose content was not there yet'),
  }),
};
