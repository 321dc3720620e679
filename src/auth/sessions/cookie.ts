import type { SignedRequest } from '../caller.ts';

/** What browsers keep to a host, and send over TLS alone, has this before its name. */
const LOCKED = '__Host-';
const NAME = 'slipway-session';

const nameFor = (isTls: boolean): string => (isTls ? `${LOCKED}${NAME}` : NAME);

/**
 * The value of the session's cookie. Behind TLS only the one counts that no other host and no plain connection can have set.
 * `undefined`: there is none.
 */
export function sessionCookie({ cookie }: SignedRequest['headers'], isTls: boolean): string | undefined {
  if (typeof cookie !== 'string') return undefined;
  const prefix = `${nameFor(isTls)}=`;
  const found = cookie.split(';').find((each) => each.trimStart().startsWith(prefix));
  return found?.trim().slice(prefix.length);
}

/** For `Set-Cookie`. `token`: empty forgets it. */
export function sessionCookieHeader(token: string, isTls: boolean, lifetimeMs: number): string {
  const age = token === '' ? 0 : Math.floor(lifetimeMs / 1000);
  const rules = ['Path=/', `Max-Age=${age}`, 'HttpOnly', 'SameSite=Strict', ...(isTls ? ['Secure'] : [])];
  return `${nameFor(isTls)}=${token}; ${rules.join('; ')}`;
}
