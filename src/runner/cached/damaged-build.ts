/** What the cache has under a key is not what a build of Slipway looks like, or not what its record says. */
export class DamagedBuildError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedBuildError';
  }
}
