/**
 * Why an image's registry could not be named, or its credentials not be had:
 *
 * - `ABORTED`: the caller's signal aborted it.
 * - `INCOMPLETE_CREDENTIALS`: some of the values that belong together are missing, or empty once expanded.
 * - `INVALID_CREDENTIALS`: a value cannot be what it is given as, such as an AWS region with a slash.
 * - `INVALID_IMAGE`: the image's name is not a name.
 * - `INVALID_REGISTRY`: `registry`, the login server or the endpoint's URL is not an address.
 * - `NO_REPOSITORY`: the image has no name at all.
 * - `PROTOCOL`: the answer to a request for a token is not what the service promises.
 * - `REGISTRY_CONFLICT`: the image names one registry, and the AWS or Azure values belong to another.
 * - `UNAUTHORIZED`: the service refuses the credentials.
 * - `UNREACHABLE`: the service does not answer, not in time, or only that it cannot.
 */
export type RegistryErrorCode =
  | 'ABORTED'
  | 'INCOMPLETE_CREDENTIALS'
  | 'INVALID_CREDENTIALS'
  | 'INVALID_IMAGE'
  | 'INVALID_REGISTRY'
  | 'NO_REPOSITORY'
  | 'PROTOCOL'
  | 'REGISTRY_CONFLICT'
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
