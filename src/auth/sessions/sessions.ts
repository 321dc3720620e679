import type { Caller, Client, SignedRequest } from '../caller.ts';
import { type AddressRules, addressRules, isTlsFor } from '../hawk/addresses.ts';
import { Recent } from '../recent.ts';
import { normalizeScopes } from '../scopes/scope-set.ts';
import { sessionCookie, sessionCookieHeader } from './cookie.ts';
import { requireOwnPage } from './own-page.ts';
import type { SessionBook } from './session-book.ts';
import { isSessionOf, newSessionId, readSessionToken, sessionToken } from './session-token.ts';

/** How long a session lasts, whatever is done with it: a working day, so that nobody is sent away in the middle of it. */
export const SESSION_MS = 12 * 60 * 60 * 1000;

export interface SessionsOptions {
  /** Signs them; the same for all servers that are to take them. 32 bytes. */
  readonly key: Buffer;
  /** Permanent clients by their id, asked with each request: a session ends with its client, and when that gets another token. */
  readonly clients: (clientId: string) => Client | undefined;
  /** What everybody may. */
  readonly anonymousScopes: readonly string[];
  /** Milliseconds since the epoch. @defaultValue the clock */
  readonly now?: () => number;
  /** Whether `X-Forwarded-…` is believed. @defaultValue false */
  readonly trustProxy?: boolean;
  /** How clients call the server, where requests do not say so themselves. */
  readonly rootUrl?: string;
  /** Knows which were ended before their time. @defaultValue none was */
  readonly book?: Pick<SessionBook, 'isEnded'>;
}

/** Who calls by a session. */
export type SessionCaller = Caller & { readonly sessionId: string; readonly expiresAt: number };

/** What the page of a server signs its person in with: a cookie that says which client, until when. It is good by itself. */
export interface Sessions {
  /**
   * Who the session of a request is of; `undefined`: it has none that is good. Throws `AuthError` where there is a good one, and
   * the request comes from a page of somebody else's.
   */
  find(request: SignedRequest): SessionCaller | undefined;
  /** The `Set-Cookie` that begins a session, and who calls with it. */
  begin(client: Client, request: SignedRequest): { readonly cookie: string; readonly caller: SessionCaller };
  /** The `Set-Cookie` that ends it in this browser. */
  end(request: SignedRequest): string;
  /** Throws `AuthError` for what pages of somebody else's have sent, whether there is a session or not. */
  requireOwnPage(request: SignedRequest): void;
}

interface Found {
  readonly client: Client;
  readonly caller: SessionCaller;
}

/** As many people as look at a page at a time; their tokens have some 150 characters. */
const REMEMBERED = { maxEntries: 4096, maxCharacters: 1024 * 1024 };

export function createSessions(options: SessionsOptions): Sessions {
  const { key, clients, anonymousScopes, now = Date.now, book } = options;
  const rules: AddressRules = addressRules(options);
  const recent = new Recent<Found>(REMEMBERED);

  const look = (token: string): Found | undefined => {
    const known = recent.get(token);
    // Clients that were read anew are other objects.
    if (known !== undefined && clients(known.caller.clientId) === known.client) return known;
    const said = readSessionToken(token);
    if (said === undefined) return undefined;
    const client = clients(said.clientId);
    if (client === undefined || !isSessionOf(client, said, key)) return undefined;
    const found = { client, caller: callerOf(client, said) };
    recent.set(token, found);
    return found;
  };
  const callerOf = (
    client: Client,
    { expiresAt, sessionId }: Pick<SessionCaller, 'expiresAt' | 'sessionId'>,
  ): SessionCaller => ({
    clientId: client.clientId,
    scopes: normalizeScopes([...client.scopes, ...anonymousScopes]),
    expiresAt: Math.min(expiresAt, client.expiresAt ?? Number.POSITIVE_INFINITY),
    sessionId,
    ...(client.role !== undefined && { role: client.role }),
  });

  return {
    find(request) {
      const token = sessionCookie(request.headers, isTlsFor(request, rules));
      const found = token === undefined ? undefined : look(token);
      if (found === undefined || found.caller.expiresAt <= now()) return undefined;
      if (book?.isEnded(found.caller.sessionId)) return undefined;
      requireOwnPage(request, rules);
      return found.caller;
    },
    begin(client, request) {
      const expiresAt = Math.floor((now() + SESSION_MS) / 1000) * 1000;
      const caller = callerOf(client, { expiresAt, sessionId: newSessionId() });
      const token = sessionToken(client, caller, key);
      const lifetimeMs = caller.expiresAt - now();
      return { cookie: sessionCookieHeader(token, isTlsFor(request, rules), lifetimeMs), caller };
    },
    end: (request) => sessionCookieHeader('', isTlsFor(request, rules), 0),
    requireOwnPage(request) {
      const { origin, 'sec-fetch-site': site } = request.headers;
      // No browser: nobody's page can have sent it.
      if (origin !== undefined || site !== undefined) requireOwnPage(request, rules);
    },
  };
}
