/** An image could not be had. `isFinal`: trying again would not help. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly isFinal: boolean;

  constructor(message: string, options: { isFinal: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.isFinal = options.isFinal;
  }
}

export const refused = (message: string, cause?: unknown): ImageError =>
  new ImageError(message, { isFinal: true, cause });
