import type { Authenticate, SignedRequest } from '../../auth/index.ts';
import { QueueError } from '../error.ts';

export interface OwnAddresses {
  /** Whether only this machine can reach the server: every name but those of this machine is then a page's trick. */
  readonly isLoopback: boolean;
  readonly rootUrl?: string;
}

const OWN_NAME = /^(?:localhost|[\w.-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Names that nobody can lead to a server of somebody else's: addresses, and what has no dot. Whoever owns any other one can
 * lead it here, once a page of theirs was opened under it.
 */
const UNMISTAKABLE = /^(?:[\w-]+|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

const hostIn = (url: string): string | undefined => URL.parse(url)?.host;

/**
 * An open server does what anybody asks who can reach it, and every page that its person looks at can: a browser sends for
 * it what it wants to, to `127.0.0.1` as well as to a name of its own that leads there. Such requests name the page's address
 * (`Origin`) or that name (`Host`), and no page can sign: who does not sign is looked at. Throws `InsufficientScopes`.
 */
export function refuseForeignPages(
  authenticate: Authenticate,
  { isLoopback, rootUrl }: OwnAddresses,
): Authenticate {
  const root = rootUrl === undefined ? undefined : hostIn(rootUrl);
  const isOwn = (host: string): boolean => !isLoopback || host === root || OWN_NAME.test(host);
  const isUnmistakable = (host: string): boolean => UNMISTAKABLE.test(host) || OWN_NAME.test(host);
  const check = ({ headers: { host, origin } }: SignedRequest): void => {
    if (typeof host !== 'string' || !isOwn(host)) throw refusal(`calls it ${String(host)}`);
    if (origin === undefined) return;
    const page = typeof origin === 'string' ? hostIn(origin) : undefined;
    if (page !== undefined && (page === root || (page === host && isUnmistakable(host)))) return;
    throw refusal(`comes from the page ${String(origin)}`);
  };
  return (request) => {
    const caller = authenticate(request);
    if (caller.clientId === 'anonymous') check(request);
    return caller;
  };
}

const refusal = (what: string): QueueError =>
  new QueueError(
    'InsufficientScopes',
    `This server is open to whoever reaches it, but not to other people's web pages, and this request ${what}. Give the server clients (--clients), or its name (--root-url).`,
  );
