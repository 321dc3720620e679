import type { Client } from '../caller.ts';
import { type WatchedListOptions, watchList } from '../files/watched-list.ts';
import { readClients } from './read-clients.ts';

/** How the file is watched. */
export type OpenClientsOptions = WatchedListOptions;

/** The permanent clients of a server. */
export interface Clients {
  /** For `createAuthenticator`. */
  readonly find: (clientId: string) => Client | undefined;
  readonly size: number;
  /** Reads the file again if it was changed; for a signal, or where waiting for the next request is too long. */
  refresh(): Promise<void>;
}

/**
 * Opens a file of clients. Once it is changed, or a file that a token is in, what it says counts from the requests of the
 * next second on, without a restart. Throws `AccessFileError` where it cannot be used at first.
 */
export async function openClients(file: string, options: OpenClientsOptions): Promise<Clients> {
  const list = await watchList(() => readClients(file), options);
  let indexed = list.items();
  let byId = index(indexed);
  const current = (): ReadonlyMap<string, Client> => {
    const items = list.items();
    if (items !== indexed) {
      indexed = items;
      byId = index(items);
    }
    return byId;
  };
  return {
    find: (clientId) => current().get(clientId),
    get size() {
      return current().size;
    },
    refresh: list.refresh,
  };
}

const index = (clients: readonly Client[]): ReadonlyMap<string, Client> =>
  new Map(clients.map((each) => [each.clientId, each]));
