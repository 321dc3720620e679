export type ArtifactErrorCode =
  /** Larger than is allowed, or with more in it than can be described. */
  | 'TOO_LARGE'
  /** A tar with entries that would leave its folder, or that are no files. */
  | 'UNSAFE'
  /** A tar, manifest or record that is damaged. */
  | 'CORRUPT'
  /** This machine's disk does not take it. */
  | 'DISK';

/** Artifacts that cannot be kept or read. Callers branch on `code`. */
export class ArtifactError extends Error {
  readonly code: ArtifactErrorCode;

  constructor(code: ArtifactErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ArtifactError';
    this.code = code;
  }
}
