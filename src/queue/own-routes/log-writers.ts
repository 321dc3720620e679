import type { IncomingMessage } from 'node:http';

/** The connections on which logs come: one for each log. */
export class LogWriters {
  readonly #writers = new Map<string, IncomingMessage>();

  /** Takes a log over: the connection on which it came before is closed. Dispose it when no more comes. */
  take(logName: string, request: IncomingMessage): Disposable {
    this.cut(logName);
    this.#writers.set(logName, request);
    return {
      [Symbol.dispose]: () => {
        if (this.#writers.get(logName) === request) this.#writers.delete(logName);
      },
    };
  }

  /** Closes the connection of a log, if it has one. */
  cut(logName: string): void {
    const request = this.#writers.get(logName);
    // One that is through is answered, and its connection may have the next request already, for something else.
    if (request?.complete === false) request.socket.destroy();
  }

  /** Closes the connections of all: writers go on elsewhere. */
  cutAll(): void {
    for (const logName of this.#writers.keys()) this.cut(logName);
  }
}
