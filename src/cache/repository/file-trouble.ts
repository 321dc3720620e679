import { getSystemErrorMap } from 'node:util';
import { CacheError, type CacheErrorCode } from '../error.ts';

const CODES: Readonly<Record<string, CacheErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'FORBIDDEN',
};

/** The code of a system's error, such as `ENOENT`. */
export function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

/** Says of a file system's error what was attempted, on what, and why it failed; any other stays as it is. */
export function fileTrouble(attempt: string, path: string, cause: unknown): unknown {
  const reason = errorCode(cause);
  if (cause instanceof CacheError || !(cause instanceof Error) || reason === undefined) return cause;
  const code = CODES[reason] ?? 'BAD_REPOSITORY';
  const errno = 'errno' in cause && typeof cause.errno === 'number' ? cause.errno : 0;
  const words =
    code === 'NO_SPACE'
      ? 'the disk is full, or a quota is used up'
      : (getSystemErrorMap().get(errno)?.[1] ?? cause.message);
  return new CacheError(code, `Could not ${attempt} ${path}: ${reason} (${words})`, { cause });
}

/** What an action gives; where the system refuses it with one of the codes, `undefined`. */
export async function unless<T>(codes: readonly string[], action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (cause) {
    if (codes.includes(errorCode(cause) ?? '')) return undefined;
    throw cause;
  }
}

/** Nothing is there, or something on the way is no folder. */
export const ABSENT: readonly string[] = ['ENOENT', 'ENOTDIR'];
