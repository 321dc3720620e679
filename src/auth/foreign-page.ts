import type { Caller, SignedRequest } from './caller.ts';
import { AuthError } from './error.ts';

/** By which names a server is called. */
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

/** Whether a server is called so, by `Host`. Who owns another name can lead it to this machine. */
export function isOwnHost(host: string, { isLoopback, rootUrl }: OwnAddresses): boolean {
  return !isLoopback || OWN_NAME.test(host) || (rootUrl !== undefined && host === hostIn(rootUrl));
}

/**
 * Why a request may be one that a page of somebody else's has sent, to follow "this request": `comes from the page …`.
 * `undefined`: it is not. A browser sends for a page what it wants to, to `127.0.0.1` as well as to a name of the page's own
 * that leads there; such requests name the page's address (`Origin`) or that name (`Host`). Servers that do what anybody asks
 * who can reach them have to look at this.
 */
export function foreignPage(headers: SignedRequest['headers'], own: OwnAddresses): string | undefined {
  const { host, origin } = headers;
  const root = own.rootUrl === undefined ? undefined : hostIn(own.rootUrl);
  const isUnmistakable = (name: string): boolean => UNMISTAKABLE.test(name) || OWN_NAME.test(name);
  if (typeof host !== 'string' || !isOwnHost(host, own)) return `calls it ${String(host)}`;
  if (origin === undefined) return isEmbedded(headers) ? 'is a part of a page of another site' : undefined;
  const page = typeof origin === 'string' ? hostIn(origin) : undefined;
  if (page !== undefined && (page === root || (page === host && isUnmistakable(host)))) return undefined;
  return `comes from the page ${String(origin)}`;
}

/**
 * Pictures, scripts and frames are asked for without the address of their page, but with where it is. Who follows a link from
 * elsewhere opens a page of ours, and no page of theirs sees what it gets.
 */
const isEmbedded = ({ 'sec-fetch-site': site, 'sec-fetch-mode': mode }: SignedRequest['headers']): boolean =>
  (site === 'cross-site' || site === 'same-site') && mode !== 'navigate';

/**
 * An open server does what anybody asks who can reach it, and every page that its person looks at can. No page can sign: who
 * does not sign is looked at. What it gives throws `AuthError` `InsufficientScopes` for such a page.
 */
export const refuseForeignPages =
  (authenticate: (request: SignedRequest) => Caller, addresses: OwnAddresses) =>
  (request: SignedRequest): Caller => {
    const caller = authenticate(request);
    const page = caller.clientId === 'anonymous' ? foreignPage(request.headers, addresses) : undefined;
    if (page !== undefined) throw refusal(page);
    return caller;
  };

const refusal = (what: string): AuthError =>
  new AuthError(
    `This server is open to whoever reaches it, but not to other people's web pages, and this request ${what}. Give the server clients (--clients), or its name (--root-url).`,
    'InsufficientScopes',
  );
