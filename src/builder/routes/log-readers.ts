import { RouteError } from './route-error.ts';

/** Each is a connection, which all users share; fifty builds may be followed at once, and from two places. */
const MAX_OF_ONE = 100;

/** Who reads logs at the moment. */
export class LogReaders {
  readonly #counts = new Map<string, number>();

  /** One more, until it is disposed; throws `RouteError` where the user has too many. */
  add(user: string): Disposable {
    const count = this.#counts.get(user) ?? 0;
    if (count >= MAX_OF_ONE) {
      throw new RouteError(429, `${user} reads ${MAX_OF_ONE} logs already: let go of some.`, {
        headers: { 'retry-after': '1' },
      });
    }
    this.#counts.set(user, count + 1);
    return { [Symbol.dispose]: () => this.#remove(user) };
  }

  #remove(user: string): void {
    const left = (this.#counts.get(user) ?? 1) - 1;
    if (left > 0) this.#counts.set(user, left);
    else this.#counts.delete(user);
  }
}
