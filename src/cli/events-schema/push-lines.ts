import type { Pushed, PushProgress, Ref } from '../../cache/index.ts';
import { count, duration, type Field, list, object, optional, text } from './field.ts';

/** What `cache push` answers. */
export interface PushLines {
  /** While it goes on, about once a second. */
  readonly 'cache-pushing': PushProgress & { readonly cache: string };
  /** Another try. */
  readonly 'cache-push-notice': { readonly cache: string; readonly message: string };
  readonly 'cache-pushed': Pushed & { readonly cache: string; readonly durationMs: number };
  /** One cache did not take it; the others are tried all the same. */
  readonly 'cache-push-failed': {
    readonly cache: string;
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
  };
}

const cache = text('as the configuration names it');
const refs = list(object<Ref>({ ref: text(), commit: text('64 hex digits') }));

export const PUSH_LINES: { readonly [T in keyof PushLines]: Field<PushLines[T]> } = {
  'cache-pushing': object({
    cache,
    doneBytes: count(),
    totalBytes: count('what is known to be sent'),
    doneObjects: count(),
    totalObjects: count(),
  }),
  'cache-push-notice': object({ cache, message: text('why it is tried again') }),
  'cache-pushed': object({
    cache,
    moved: refs,
    kept: refs,
    objects: count('of the refs that were set'),
    sentObjects: count('those that were not there'),
    sentBytes: count('of these, as they are stored'),
    pullUrl: optional(text('where to pull from, where the receiver says it')),
    durationMs: duration,
  }),
  'cache-push-failed': object({
    cache,
    code: text('stable, for machines'),
    message: text(),
    hint: optional(text('what to do')),
  }),
};
