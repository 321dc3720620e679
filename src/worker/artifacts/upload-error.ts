/** An artifact could not be uploaded, after all that was tried. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
}
