import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../../auth/index.ts';
import type { SignIn } from '../wire.ts';
import { Attempts } from './attempts.ts';

const MINUTE = 60_000;
/** Tokens have 16 characters and more: nobody finds one by trying. These keep the log and the processor for others. */
const OF_AN_ADDRESS = { most: 10, withinMs: 5 * MINUTE, names: 10_000 };
/** Many addresses that try one client. Whoever does so keeps its people away for as long: hence so many. */
const OF_A_CLIENT = { most: 100, withinMs: 5 * MINUTE, names: 10_000 };

export type SignedIn =
  | { readonly client: Client }
  /** Unknown, ended, or with another token: which of these is not told. */
  | { readonly refused: 'wrong' }
  | { readonly refused: 'too-many'; readonly waitMs: number };

/** Looks whether somebody is the client that they say. */
export type SignIns = (asked: SignIn & { readonly address: string }) => SignedIn;

export interface SignInsOptions {
  readonly clients: (clientId: string) => Client | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Lets everybody try as often as they may; what is counted is this server's own. */
export function createSignIns({ clients, now }: SignInsOptions): SignIns {
  const ofAddress = new Attempts(OF_AN_ADDRESS);
  const ofClient = new Attempts(OF_A_CLIENT);
  return ({ clientId, accessToken, address }) => {
    const waitMs = Math.max(ofAddress.waitMs(address, now()), ofClient.waitMs(clientId, now()));
    if (waitMs > 0) return { refused: 'too-many', waitMs };
    const client = clients(clientId);
    const isSame = isSameToken(client?.accessToken ?? '', accessToken); // also for nobody: it takes as long
    if (client !== undefined && isSame && !(client.expiresAt !== undefined && client.expiresAt <= now()))
      return { client };
    ofAddress.failed(address, now());
    ofClient.failed(clientId, now());
    return { refused: 'wrong' };
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const isSameToken = (expected: string, given: string): boolean =>
  timingSafeEqual(digest(expected), digest(given));
