import type { CacheInput, InputChange, SourceChange } from '../../pipeline/index.ts';
import { choice, count, type Field, flag, list, object, optional, text } from './field.ts';

interface ShownChange extends Omit<InputChange, 'input'>, CacheInput {}

/** What a build depends on, and what changed since the newest one of its pipeline that is in the cache here. */
export interface ShownKey {
  readonly cacheable: boolean;
  /** Why it is not; empty where it is. */
  readonly reasons: readonly string[];
  readonly key?: string;
  readonly ref?: string;
  readonly inputs: readonly CacheInput[];
  readonly warnings: readonly string[];
  readonly newest?: {
    readonly key: string;
    readonly runId: string;
    readonly startedAt: number;
    readonly changes: readonly ShownChange[];
    readonly files: readonly SourceChange[];
    readonly secrets: readonly string[];
  };
}

export interface CacheWhyLines {
  readonly 'cache-key': ShownKey;
}

const INPUT = {
  kind: choice('format', 'pipeline', 'box', 'service', 'step', 'environment', 'source'),
  name: text('unique within its kind'),
  digest: optional(text('SHA-256 in hex; absent for a secret')),
  isSecret: optional(flag()),
  shown: optional(text('what people are shown of it')),
};

export const CACHE_WHY_LINES: { readonly [T in keyof CacheWhyLines]: Field<CacheWhyLines[T]> } = {
  'cache-key': object({
    cacheable: flag('whether what the run makes can be taken from another run'),
    reasons: list(text('why it is not')),
    key: optional(text('64 hex digits')),
    ref: optional(text('what it is called in the cache, whether or not it is there')),
    inputs: list(object<CacheInput>(INPUT)),
    warnings: list(text('what somebody should know of a hit')),
    newest: optional(
      object<NonNullable<ShownKey['newest']>>({
        key: text('another one, unless nothing has changed'),
        runId: text('of the run that made it'),
        startedAt: count('milliseconds since 1970'),
        changes: list(
          object<ShownChange>({
            ...INPUT,
            change: choice('added', 'removed', 'changed'),
            before: optional(text('what was shown of it')),
          }),
        ),
        files: list(
          object<SourceChange>({ change: choice('added', 'removed', 'changed', 'mode'), path: text() }),
        ),
        secrets: list(text('of which one must have changed, as nothing else has')),
      }),
    ),
  }),
};
