import { getSystemErrorMap } from 'node:util';
import { CacheError } from '../error.ts';

/** A part of a tree, and where it goes: names with `/` between them, empty for the root. */
export type TreeSource =
  /** A folder of this machine with everything in it, links as links. Absolute. */
  | {
      readonly path: string;
      readonly folder: string;
      /** What of it is no part of the tree, by its path below the folder. @defaultValue nothing */
      readonly leaveOut?: (path: string, isFolder: boolean) => boolean;
    }
  /** One file of this machine, with its mode; a link to one is followed. Absolute. */
  | { readonly path: string; readonly file: string }
  /** A file that is made of nothing. `mode`: 0644 unless given. */
  | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number };

/** A path of a message: on one line, and nothing in it that a terminal would act on. */
export const shownPath = (path: string): string => JSON.stringify(path.slice(0, 1000)).slice(1, -1);

/** Something of a tree cannot be read, stored or written. `attempt`: what was tried, with the path in it. */
export function treeTrouble(attempt: string, cause: unknown): CacheError {
  if (cause instanceof CacheError) return cause;
  const { code, errno } = cause as NodeJS.ErrnoException; // what the functions of node:fs throw
  const reason = (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? String(cause);
  const kind = code === 'ENOSPC' || code === 'EDQUOT' ? 'NO_SPACE' : 'BAD_TREE';
  return new CacheError(kind, `cannot ${attempt}: ${reason}`, { cause });
}

/** What was there a moment ago is another one now. */
export const changed = (path: string): CacheError =>
  new CacheError('BAD_TREE', `${shownPath(path)} changed while it was read`, {
    hint: 'Try again when nothing writes there any more.',
  });
