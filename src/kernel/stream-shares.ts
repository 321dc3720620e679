import type { IncomingMessage } from 'node:http';
import { clientAddress, counterOf } from './client-address.ts';

/**
 * Streams that go on at a server: logs that are followed, changes that are told. Each is a connection that is held for
 * somebody, and nobody has more than a number of them.
 */
export interface StreamShares {
  /** What one may have. */
  readonly most: number;
  /**
   * One more, until it is disposed; `undefined`: there are as many already.
   *
   * @param clientId - who asks, where somebody signed; else all at one address share
   */
  take(request: IncomingMessage, clientId?: string): Disposable | undefined;
}

export interface StreamSharesOptions {
  /** Whether `X-Forwarded-For` is believed. */
  readonly trustProxy: boolean;
  /** @defaultValue 256: some wall of screens, or all browsers of an office behind one address */
  readonly most?: number;
}

const MOST = 256;

export function createStreamShares({ trustProxy, most = MOST }: StreamSharesOptions): StreamShares {
  const counts = new Map<string, number>();

  function giveBack(who: string): void {
    const left = (counts.get(who) ?? 1) - 1;
    if (left > 0) counts.set(who, left);
    else counts.delete(who);
  }

  return {
    most,
    take(request, clientId) {
      const who =
        clientId === undefined ? counterOf(clientAddress(request, trustProxy)) : `client ${clientId}`;
      const count = counts.get(who) ?? 0;
      if (count >= most) return undefined;
      counts.set(who, count + 1);
      let isTaken = true;
      return {
        [Symbol.dispose]() {
          if (isTaken) giveBack(who);
          isTaken = false;
        },
      };
    },
  };
}
