import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { LinkKeys } from './link-keys.ts';
import { type LinkRefusal, type LinkResource, verifyLink } from './sign-link.ts';

/** Who may download. Nobody but those with a signed link or a token, where neither part says otherwise. */
export interface Access {
  /** Anybody may. */
  readonly open: boolean;
  /** Absent: no link is good. */
  readonly keys?: LinkKeys;
  /** What may stand in `Authorization: Bearer`. */
  readonly tokens: readonly string[];
  /**
   * Whether whoever sent a request may see everything, by what else it shows: a signature of its own, a session of a page.
   * Throws where what it shows is no good. Absent: nobody may.
   */
  readonly mayRead?: (request: AskedRequest) => boolean;
}

/** A request as it was sent. */
export interface AskedRequest {
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether the connection itself is TLS. */
  readonly isTls: boolean;
}

/** What a request says of itself. */
export interface Claim {
  readonly resource: LinkResource;
  readonly expires: string | undefined;
  readonly signature: string | undefined;
  /** The header as it came. */
  readonly authorization: string | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function isToken(tokens: readonly string[], authorization: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return false;
  const found = digest(given);
  return tokens.map((token) => timingSafeEqual(digest(token), found)).includes(true);
}

/** Whether a request may be answered; `undefined` when it may. */
export function authorize(access: Access, claim: Claim, now: number): LinkRefusal | undefined {
  if (access.open || isToken(access.tokens, claim.authorization)) return undefined;
  if (access.keys !== undefined) return verifyLink({ ...claim, keys: access.keys, now });
  return claim.signature === undefined ? 'missing' : 'invalid';
}
