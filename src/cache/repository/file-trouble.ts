import { errorCode, systemWords } from '../../kernel/index.ts';
import { CacheError, type CacheErrorCode } from '../error.ts';

export { errorCode, unless } from '../../kernel/index.ts';

const CODES: Readonly<Record<string, CacheErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'FORBIDDEN',
};

/** Says of a file system's error what was attempted, on what, and why it failed; any other stays as it is. */
export function fileTrouble(attempt: string, path: string, cause: unknown): unknown {
  const reason = errorCode(cause);
  if (cause instanceof CacheError || !(cause instanceof Error) || reason === undefined) return cause;
  const code = CODES[reason] ?? 'BAD_REPOSITORY';
  const words =
    code === 'NO_SPACE' ? 'the disk is full, or a quota is used up' : (systemWords(cause) ?? cause.message);
  return new CacheError(code, `Could not ${attempt} ${path}: ${reason} (${words})`, {
    cause,
    ...(code === 'NO_SPACE' && { hint: PRUNE_HINT }),
  });
}

/** What may make room. */
export const PRUNE_HINT = '`slipway cache prune` lets go of what was not used for longest.';

/** Nothing is there, or something on the way is no folder. */
export const ABSENT: readonly string[] = ['ENOENT', 'ENOTDIR'];

/** Nothing is there, or nothing that could be an object: a link, a pipe without a writer. */
export const NO_FILE: readonly string[] = [...ABSENT, 'ELOOP', 'ENXIO'];
