export type ArtifactErrorCode = 'TOO_LARGE' | 'UNSAFE';

/** Artifacts that cannot be kept. Callers branch on `code`. */
export class ArtifactError extends Error {
  readonly code: ArtifactErrorCode;

  constructor(code: ArtifactErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ArtifactError';
    this.code = code;
  }
}
