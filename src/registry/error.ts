/**
 * Why an image's registry could not be named, its credentials not be had, or the registry not do what it was asked for:
 *
 * - `ABORTED`: the caller's signal aborted it.
 * - `DELETE_DISABLED`: the registry lets nobody delete anything.
 * - `DIGEST_MISMATCH`: bytes are not those that their digest or size promises.
 * - `INCOMPLETE_CREDENTIALS`: some of the values that belong together are missing, or empty once expanded.
 * - `INVALID_CREDENTIALS`: a value cannot be what it is given as, such as an AWS region with a slash.
 * - `INVALID_IMAGE`: the image's name is not a name.
 * - `INVALID_REGISTRY`: `registry`, the login server or the endpoint's URL is not an address.
 * - `NO_REPOSITORY`: the image has no name at all.
 * - `NO_SPACE`: the registry has no room for what is sent.
 * - `NOT_FOUND`: the registry does not have what is needed.
 * - `PROTOCOL`: an answer is not what the service promises.
 * - `REFUSED`: the registry does not take what is sent, for a reason of its own.
 * - `REGISTRY_CONFLICT`: the image names one registry, and the AWS or Azure values belong to another.
 * - `TOO_LARGE`: an answer, or what is sent, is larger than allowed.
 * - `UNAUTHORIZED`: the service refuses the credentials, or what they may.
 * - `UNREACHABLE`: the service does not answer, not in time, or only that it cannot.
 */
export type RegistryErrorCode =
  | 'ABORTED'
  | 'DELETE_DISABLED'
  | 'DIGEST_MISMATCH'
  | 'INCOMPLETE_CREDENTIALS'
  | 'INVALID_CREDENTIALS'
  | 'INVALID_IMAGE'
  | 'INVALID_REGISTRY'
  | 'NO_REPOSITORY'
  | 'NO_SPACE'
  | 'NOT_FOUND'
  | 'PROTOCOL'
  | 'REFUSED'
  | 'REGISTRY_CONFLICT'
  | 'TOO_LARGE'
  | 'UNAUTHORIZED'
  | 'UNREACHABLE';

/**
 * Trouble with an image's registry. Callers branch on `code`, never on the message, which holds no credentials.
 */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;

  constructor(code: RegistryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryError';
    this.code = code;
  }
}
