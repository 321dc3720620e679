import { AuthError } from '../error.ts';

/** What an `Authorization: Hawk …` header says. */
export interface HawkHeader {
  readonly id: string;
  readonly ts: string;
  readonly nonce: string;
  readonly mac: string;
  readonly hash?: string;
  readonly ext?: string;
}

/** More than Node takes in all headers together, unless it is told to. Certificates with many scopes are long. */
export const MAX_SIGNED_CHARACTERS = 64 * 1024;

const NAMES = ['id', 'ts', 'nonce', 'mac', 'hash', 'ext'] as const;
type Name = (typeof NAMES)[number];
const isName = (text: string): text is Name => (NAMES as readonly string[]).includes(text);

// Printable ASCII but the quote, which ends a value, and the backslash, which would need a rule of its own.
const ATTRIBUTE = /([a-z]{1,8})="([\x20\x21\x23-\x5b\x5d-\x7e]*)"[ \t]*(?:,[ \t]*|$)/y;
const SECONDS = /^\d{1,12}$/;

function attributesOf(text: string): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  ATTRIBUTE.lastIndex = 0;
  while (ATTRIBUTE.lastIndex < text.length) {
    const [, name = '', value = ''] = ATTRIBUTE.exec(text) ?? [];
    if (!isName(name))
      throw new AuthError('the Authorization header is no list of id, ts, nonce, ext and mac');
    if (found[name] !== undefined) throw new AuthError(`the Authorization header has ${name} twice`);
    found[name] = value;
  }
  return found;
}

/** Reads the header. Throws `AuthError`. */
export function parseHawkHeader(header: string): HawkHeader {
  if (header.length > MAX_SIGNED_CHARACTERS) throw new AuthError('the Authorization header is too long');
  if (!/^hawk[ \t]/i.test(header)) throw new AuthError('Authorization: expected the scheme Hawk');
  const { id, ts, nonce, mac, ...others } = attributesOf(header.slice('hawk'.length).trimStart());
  if (!id || !ts || !nonce || !mac)
    throw new AuthError('the Authorization header lacks one of id, ts, nonce and mac');
  if (!SECONDS.test(ts))
    throw new AuthError('ts of the Authorization header: expected seconds since the epoch');
  return { id, ts, nonce, mac, ...others };
}
