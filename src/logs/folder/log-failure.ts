import { errorCode, systemWords } from '../../kernel/index.ts';
import { LogError } from '../log-store.ts';

/** What a system refused, as a `LogError`; those that are one already stay as they are. */
export function logFailure(attempt: string, cause: unknown): LogError {
  if (cause instanceof LogError) return cause;
  const code = errorCode(cause);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const words = systemWords(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new LogError(isFull ? 'NO_SPACE' : 'UNAVAILABLE', `cannot ${attempt}: ${words}`, { cause });
}
