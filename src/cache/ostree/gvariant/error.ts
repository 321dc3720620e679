/** Bytes that are no GVariant of the type asked for, or not its only right form; or a value that no such type can have. */
export class GVariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GVariantError';
  }
}
