import { count, duration, type Field, flag, object, optional, text } from './field.ts';

/** What `artifacts get` answers. */
export interface GetLines {
  /** While it goes on, about once a second. */
  readonly downloading: {
    readonly doneBytes: number;
    /** Absent: nobody knows before the end. */
    readonly sizeBytes?: number;
  };
  /** Something that did not end it: another try, a start from the beginning. */
  readonly 'download-notice': { readonly message: string };
  readonly downloaded: {
    /** The file, or the folder that it was unpacked into. */
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly verified: boolean;
    readonly resumedBytes: number;
    readonly durationMs: number;
  };
}

export const GET_LINES: { readonly [T in keyof GetLines]: Field<GetLines[T]> } = {
  downloading: object({
    doneBytes: count(),
    sizeBytes: optional(count('absent: nobody knows before the end')),
  }),
  'download-notice': object({ message: text('another try, or a start from the beginning') }),
  downloaded: object({
    path: text('the file, or the folder that it was unpacked into'),
    sizeBytes: count('of what was fetched'),
    sha256: text('of what was fetched, in hex'),
    verified: flag('whether that is the digest that was promised'),
    resumedBytes: count('what an earlier try had left'),
    durationMs: duration,
  }),
};
