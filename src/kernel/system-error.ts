import { getSystemErrorMap } from 'node:util';

/** The code of a system's error, such as `ENOENT`; `undefined` for everything else. */
export function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

/** What the system calls an error: "permission denied". Absent where it is none of the system's. */
export function systemWords(cause: unknown): string | undefined {
  if (!(cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number')) return undefined;
  return getSystemErrorMap().get(cause.errno)?.[1];
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

/** Nothing is there, it may not be read, or it is no plain file: whoever asks for a file by name is told the same. */
const OUT_OF_REACH: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'EACCES',
  'EPERM',
  'ENXIO',
  'ENODEV',
  'EISDIR',
]);

/** Whether a file that somebody named cannot be had, which is no trouble of the disk or of the system. */
export const isOutOfReach = (cause: unknown): boolean => OUT_OF_REACH.has(errorCode(cause));
