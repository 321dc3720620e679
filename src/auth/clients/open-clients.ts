import { stat } from 'node:fs/promises';
import type { Client } from '../caller.ts';
import { type ReadClients, readClients, stateOf } from './read-clients.ts';

/** How the file is watched. */
export interface OpenClientsOptions {
  /** Told what is wrong with a file that was changed; the clients that were read before stay. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds, of a clock that only goes forward. */
  readonly clock?: () => number;
}

/** The permanent clients of a server. */
export interface Clients {
  /** For `createAuthenticator`. */
  readonly find: (clientId: string) => Client | undefined;
  readonly size: number;
  /** Reads the file again if it was changed; for a signal, or where waiting for the next request is too long. */
  refresh(): Promise<void>;
}

/** How long a change may go unseen: the files are looked at when somebody calls, and not more often than that. */
const LOOK_EVERY_MS = 1000;

/**
 * Opens a file of clients. Once it is changed, or a file that a token is in, what it says counts from the requests of the
 * next second on, without a restart. Throws `ClientsError` where it cannot be used at first.
 */
export async function openClients(file: string, options: OpenClientsOptions): Promise<Clients> {
  const { onError, clock = () => performance.now() } = options;
  let read = await readClients(file);
  let byId = index(read);
  let refused: string | undefined;
  let lookedAt = clock();
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const states = await currentStates([...read.files.keys()]);
    if (states === shown(read.files) || states === refused) return;
    try {
      read = await readClients(file);
      byId = index(read);
      refused = undefined;
    } catch (error) {
      refused = states; // said once for each change
      onError(error);
    }
  }
  const refresh = (): Promise<void> => {
    lookedAt = clock();
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  return {
    find(clientId) {
      if (clock() - lookedAt >= LOOK_EVERY_MS) refresh().catch(onError);
      return byId.get(clientId);
    },
    get size() {
      return byId.size;
    },
    refresh,
  };
}

const index = ({ clients }: ReadClients): ReadonlyMap<string, Client> =>
  new Map(clients.map((each) => [each.clientId, each]));

const shown = (files: ReadonlyMap<string, string>): string =>
  [...files].map(([file, state]) => `${file} ${state}`).join('\n');

async function currentStates(files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      const stats = await stat(file).catch(() => undefined); // gone, which is a change
      return [file, stats === undefined ? 'gone' : stateOf(stats)] as const;
    }),
  );
  return shown(new Map(states));
}
