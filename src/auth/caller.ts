import type { Role } from './roles/roles.ts';

/** Who calls: a name for records, and what they may. */
export interface Caller {
  /** `anonymous` where nobody signed. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** When the credentials end, in milliseconds since the epoch. Absent: they do not. */
  readonly expiresAt?: number;
  /** Of the client, where it calls with all that this gives it. */
  readonly role?: Role;
  /** Of the session that it calls by; absent: it signed, or is nobody. */
  readonly sessionId?: string;
}

/** What of a request is signed, and what it was signed with: the values that the client used. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent, still percent-encoded. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whether the connection itself is TLS; `X-Forwarded-…` counts only where the server trusts its proxy. */
  readonly isTls: boolean;
  /** It came through the door for programs that the server itself started; absent: it did not. */
  readonly isOwnDoor?: boolean;
}

/** A permanent client. */
export interface Client {
  readonly clientId: string;
  readonly accessToken: string;
  /** Those of its role among them. */
  readonly scopes: readonly string[];
  readonly role?: Role;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}

/** A scope, or all, or any of some. An empty `AllOf` is true, an empty `AnyOf` false. */
export type ScopeExpression =
  | string
  | { readonly AllOf: readonly ScopeExpression[] }
  | { readonly AnyOf: readonly ScopeExpression[] };
