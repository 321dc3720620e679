import type { Writable } from 'node:stream';

/** Where text goes: a stream of the process, or one that leads to it. */
export type OutputStream = Writable & {
  /** Absent or false where nobody looks at it as it comes. */
  readonly isTTY?: boolean;
  /** Of the terminal. */
  readonly columns?: number;
};
