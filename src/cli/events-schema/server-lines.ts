import type { LeftOut } from '../../backup/index.ts';
import type { CheckedFinding } from '../doctor/check.ts';
import { choice, count, duration, type Field, flag, list, object, optional, text } from './field.ts';

/** What commands that operate a server answer. */
export interface ServerLines {
  readonly backup: {
    readonly file: string;
    readonly files: number;
    readonly sizeBytes: number;
    readonly leftOut: readonly LeftOut[];
  };
  /** One thing that `doctor` looked at. */
  readonly checked: CheckedFinding;
  readonly 'configuration-checked': {
    readonly file: string;
    readonly fileExists: boolean;
    readonly warnings: readonly string[];
  };
  readonly restored: {
    readonly folder: string;
    readonly files: number;
    readonly sizeBytes: number;
    readonly startedAt: string;
    readonly leftOut: readonly LeftOut[];
  };
}

const leftOut = list(object<LeftOut>({ what: text(), why: text('or what keeps it') }));

export const SERVER_LINES: { readonly [T in keyof ServerLines]: Field<ServerLines[T]> } = {
  backup: object({ file: text(), files: count(), sizeBytes: count(), leftOut }),
  checked: object({
    name: text('what was looked at'),
    state: choice('ok', 'warning', 'failed', 'skipped'),
    found: text(),
    hint: optional(text('what to do')),
    durationMs: duration,
  }),
  'configuration-checked': object({
    file: text('that was read, or would be'),
    fileExists: flag(),
    warnings: list(text('a variable that configures nothing')),
  }),
  restored: object({
    folder: text(),
    files: count(),
    sizeBytes: count(),
    startedAt: text('when the backup was begun, ISO 8601'),
    leftOut,
  }),
};
