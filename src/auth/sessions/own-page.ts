import type { SignedRequest } from '../caller.ts';
import { AuthError } from '../error.ts';
import { type Address, type AddressRules, addressesOf, addressIn, isTlsFor } from '../hawk/addresses.ts';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what a browser sends with a session's cookie, and a page of this server has not asked it for. The cookie is sent for
 * pages of the same site too: other ports of this machine are one. Whatever changes something, and a web socket, which can,
 * needs the browser's word for where it comes from; to look at something it is enough that no other page is named. Throws
 * `AuthError` `InsufficientScopes`.
 */
export function requireOwnPage(request: SignedRequest, rules: AddressRules): void {
  const { method, headers } = request;
  const { origin, upgrade } = headers;
  const site = headers['sec-fetch-site'];
  const reads = READING.has(method.toUpperCase()) && upgrade === undefined;
  if (site === 'same-origin') return;
  if (origin !== undefined && !isOwnOrigin(request, rules))
    throw refusal(`comes from the page ${String(origin)}`);
  if (reads && (site === undefined || site === 'none' || headers['sec-fetch-mode'] === 'navigate')) return;
  // Browsers tell the site only to addresses that they trust: to others the page's address has to do.
  if (site === undefined && origin !== undefined) return;
  throw refusal(site === undefined ? 'does not say which page it comes from' : `comes from another site`);
}

/** Whether `Origin` is the server's own, by one of the addresses by which a client may have called it. */
export function isOwnOrigin(request: SignedRequest, rules: AddressRules): boolean {
  const { origin } = request.headers;
  const page = typeof origin === 'string' ? URL.parse(origin) : null;
  if (page === null || !/^https?:$/.test(page.protocol)) return false;
  const isTls = page.protocol === 'https:';
  const from = addressIn(page);
  const isThere = ({ host, port }: Address): boolean =>
    host.toLowerCase() === from.host && port === from.port;
  const { trustProxy, root } = rules;
  if (root !== undefined && root.isTls === isTls && isThere(root)) return true;
  return isTlsFor(request, rules) === isTls && addressesOf(request, { trustProxy }).some(isThere);
}

const refusal = (what: string): AuthError =>
  new AuthError(
    `A session is for the pages of this server alone, and this request ${what}.`,
    'InsufficientScopes',
  );
