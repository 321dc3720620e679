/**
 * - `MALFORMED`: what was sent is not what the protocol says, or breaks off.
 * - `UNAUTHORIZED`: no token where one is needed, or one that nobody has.
 * - `FORBIDDEN`: a token of somebody else.
 * - `NOT_FOUND`: there is no such step, version or upload; or it is private.
 * - `CONFLICT`: the version exists with other content.
 * - `TOO_LARGE`: more bytes than allowed or announced.
 * - `WRONG_CONTENT`: not the bytes that were announced, or no archive of the step that was announced.
 * - `BUSY`: too much is going on; later it may work.
 * - `NO_SPACE`: the disk is full.
 */
export type RefusalCode =
  | 'MALFORMED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'TOO_LARGE'
  | 'WRONG_CONTENT'
  | 'BUSY'
  | 'NO_SPACE';

/** Why the registry does not do what it was asked, in a sentence for whoever asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
