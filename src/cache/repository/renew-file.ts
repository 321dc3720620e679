import { lstatSync, utimesSync } from 'node:fs';
import { errorCode } from './file-trouble.ts';

/** Far less than what is stored is safe from a prune, and long enough that most pushes renew little. */
const RENEW_MS = 10 * 60_000;

/** Who may only read cannot say that something is needed; what is gone is missed soon enough. */
const NOT_POSSIBLE = ['ENOENT', 'EACCES', 'EPERM', 'EROFS'];

/** Makes an object that was stored a while ago one of this moment. Where it is known when that was, most need no look. */
export function renewFile(path: string, modifiedAt?: number): void {
  const now = Date.now();
  if (modifiedAt !== undefined && now - modifiedAt < RENEW_MS) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || now - found.mtimeMs < RENEW_MS) return;
  try {
    utimesSync(path, now / 1000, now / 1000);
  } catch (cause) {
    if (!NOT_POSSIBLE.includes(errorCode(cause) ?? '')) throw cause;
  }
}
