import { choice, count, duration, type Field, object, text } from './field.ts';
import { TASK_STATES } from './task-lines.ts';

/** What `submit build` tells beside the lines of the task itself. */
export interface SubmitLines {
  /** The fleet has the source. */
  readonly 'source-sent': {
    readonly ref: string;
    readonly commit: string;
    readonly files: number;
    readonly sizeBytes: number;
    readonly objects: number;
    readonly sentObjects: number;
    readonly sentBytes: number;
    readonly durationMs: number;
  };
  readonly 'submit-notice': { readonly message: string };
  readonly 'output-fetched': { readonly folder: string; readonly sizeBytes: number; readonly files: number };
  readonly 'submit-finished': {
    readonly taskId: string;
    readonly state: (typeof TASK_STATES)[number];
    readonly sentMs: number;
    readonly waitedMs: number;
    readonly ranMs: number;
    readonly fetchedMs: number;
  };
}

export const SUBMIT_LINES: { readonly [T in keyof SubmitLines]: Field<SubmitLines[T]> } = {
  'source-sent': object({
    ref: text('in the artifact cache'),
    commit: text('64 hex digits'),
    files: count(),
    sizeBytes: count('of all files, as they are here'),
    objects: count('files, folders and the commit, each once'),
    sentObjects: count('those that the fleet did not have'),
    sentBytes: count('compressed'),
    durationMs: duration,
  }),
  'submit-notice': object({ message: text() }),
  'output-fetched': object({
    folder: text('where output.tar and output/ are'),
    sizeBytes: count('of the tar'),
    files: count(),
  }),
  'submit-finished': object({
    taskId: text(),
    state: choice(...TASK_STATES),
    sentMs: duration,
    waitedMs: duration,
    ranMs: duration,
    fetchedMs: duration,
  }),
};
