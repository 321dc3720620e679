/**
 * Why an engine could not do something:
 *
 * - `ABORTED`: the caller's signal aborted it.
 * - `BUILD_FAILED`: an instruction of a Dockerfile failed, or the Dockerfile is wrong.
 * - `CLOSED`: the engine object was disposed, or a container's streams closed.
 * - `CONFLICT`: a name or an address range is taken, or the thing is in a state that forbids it.
 * - `FAILED`: the engine answered that it could not, with a reason that is none of the others.
 * - `IMAGE_NOT_FOUND`, `NOT_FOUND`: the image, or the container, folder or network, is not there.
 * - `INVALID`: the engine refuses what it was asked, or an option here cannot be used.
 * - `NO_SPACE`: the engine's disk, or its pool of network addresses, is used up.
 * - `PROTOCOL`: the engine's answer is not what the Engine API promises.
 * - `REGISTRY`, `UNAUTHORIZED`: an image's registry cannot be reached, or refuses the credentials.
 * - `START_FAILED`: the container exists but could not be started.
 * - `UNREACHABLE`: nothing answers at the endpoint, or the connection broke off.
 */
export type EngineErrorCode =
  | 'ABORTED'
  | 'BUILD_FAILED'
  | 'CLOSED'
  | 'CONFLICT'
  | 'FAILED'
  | 'IMAGE_NOT_FOUND'
  | 'INVALID'
  | 'NO_SPACE'
  | 'NOT_FOUND'
  | 'PROTOCOL'
  | 'REGISTRY'
  | 'START_FAILED'
  | 'UNAUTHORIZED'
  | 'UNREACHABLE';

/** Trouble with the engine or with what it was asked for. Callers branch on `code`, never on the message. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}
