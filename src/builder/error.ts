import type { BuildReason } from './build.ts';

/** Why a build did not succeed; the message is for the person who asked for it, and has no secret in it. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly reason: BuildReason;

  constructor(reason: BuildReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Why a signal aborts where the server stops, and not the build: a backend that goes on alone leaves the work as it is, for the
 * server that takes the build next.
 */
export class ServerStopping extends Error {
  override readonly name = 'ServerStopping';

  constructor() {
    super('The server stops; the build goes on with the next one');
  }
}

export type BuilderErrorCode =
  | 'INVALID' // something of the request; the message says what
  | 'NOT_FOUND' // no such build of this user
  | 'NOT_CONFIGURED' // no registry, no secret
  | 'LIMIT' // the user has too many builds waiting
  | 'FAILED_BEFORE' // `ensure` without `retry`, where this image could not be built
  | 'UNAVAILABLE'; // database, logs or backend do not answer

/** Why the builder refuses a call. */
export class BuilderError extends Error {
  override readonly name = 'BuilderError';
  readonly code: BuilderErrorCode;
  /** More than the message, for people. */
  readonly detail?: string;

  constructor(
    code: BuilderErrorCode,
    message: string,
    { detail, ...options }: { readonly cause?: unknown; readonly detail?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    if (detail !== undefined) this.detail = detail;
  }
}
