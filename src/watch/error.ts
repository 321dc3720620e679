/**
 * Why a folder cannot be watched. `WATCH_LIMIT`: the system has no watches (or instances) left for this user.
 * `NOT_FOUND`: it is no folder, or is gone. `IO`: anything else, with the system's reason.
 */
export type WatchErrorCode = 'WATCH_LIMIT' | 'NOT_FOUND' | 'IO';

export class WatchError extends Error {
  readonly code: WatchErrorCode;

  constructor(code: WatchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WatchError';
    this.code = code;
  }
}

const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances',
};

/** The system's error in our words. */
export function watchError(folder: string, cause: unknown): WatchError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const sysctl = LIMITS[code];
  if (sysctl !== undefined) {
    const advice = `raise it with \`sysctl ${sysctl}=524288\`, or name large folders in .gitignore`;
    return new WatchError(
      'WATCH_LIMIT',
      `cannot watch ${folder}: the system's limit ${sysctl} is reached; ${advice}`,
      { cause },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new WatchError('IO', `cannot watch ${folder}: ${why}`, { cause });
}
