import { CacheError } from './error.ts';

/** What kept an answer from coming, and may be over the next time: a connection that broke, a 500. */
export class PassingError extends CacheError {
  constructor(message: string, options?: ErrorOptions) {
    super('UNAVAILABLE', message, options);
    this.name = 'PassingError';
  }
}
