import { getSystemErrorMap } from 'node:util';
import { StoreError, type StoreErrorCode } from '../error.ts';

const CODES: Readonly<Record<string, StoreErrorCode>> = {
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

/** Says of a file system's error what was attempted, on what, and why it failed. */
export function fsError(attempt: string, path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const reason = errorCode(cause);
  const code = CODES[reason ?? ''] ?? 'UNAVAILABLE';
  const words = code === 'NO_SPACE' ? 'the disk is full, or a quota is used up' : systemWords(cause);
  const why = words === undefined ? String(cause) : `${reason} (${words})`;
  return new StoreError(code, `Could not ${attempt} ${path}: ${why}`, { cause });
}

/** "permission denied" */
function systemWords(cause: unknown): string | undefined {
  if (!(cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number')) return undefined;
  return getSystemErrorMap().get(cause.errno)?.[1];
}

/** What an action gives; where the file system refuses it with one of the codes, `undefined`. */
export async function unless<T>(codes: readonly string[], action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (cause) {
    if (codes.includes(errorCode(cause) ?? '')) return undefined;
    throw cause;
  }
}
