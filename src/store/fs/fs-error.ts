import { errorCode, systemWords } from '../../kernel/index.ts';
import { StoreError, type StoreErrorCode } from '../error.ts';

export { errorCode, unless } from '../../kernel/index.ts';

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'FORBIDDEN',
};

/** Says of a file system's error what was attempted, on what, and why it failed. */
export function fsError(attempt: string, path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const reason = errorCode(cause);
  const code = CODES[reason ?? ''] ?? 'UNAVAILABLE';
  const words = code === 'NO_SPACE' ? 'the disk is full, or a quota is used up' : systemWords(cause);
  const why = words === undefined ? String(cause) : `${reason} (${words})`;
  return new StoreError(code, `Could not ${attempt} ${path}: ${why}`, { cause });
}
