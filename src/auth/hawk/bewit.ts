import { AuthError } from '../error.ts';
import { MAX_SIGNED_CHARACTERS } from './parse-header.ts';

/** What a signed URL says. */
export interface Bewit {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly expires: string;
  readonly mac: string;
  readonly ext: string;
  /** Path and query without the signature. */
  readonly resource: string;
}

const NAME = 'bewit=';

/** Where the parameter begins in a path with a query, behind its `?` or `&`; `-1`: there is none. The last one counts. */
function findParameter(url: string): number {
  const query = url.indexOf('?');
  if (query < 0) return -1;
  for (let at = url.lastIndexOf(NAME); at > query; at = url.lastIndexOf(NAME, at - 1))
    if (url[at - 1] === '?' || url[at - 1] === '&') return at;
  return -1;
}

/** Reads the signature of a URL; `undefined` where it has none. Throws `AuthError`. */
export function parseBewit(url: string): Bewit | undefined {
  if (url.length > MAX_SIGNED_CHARACTERS) throw new AuthError('the URL is too long');
  const at = findParameter(url);
  if (at < 0) return undefined;
  const [value = '', ...rest] = url.slice(at + NAME.length).split('&');
  if (!/^[A-Za-z0-9_-]+$/.test(value)) throw new AuthError('bewit: expected base64url');
  const [id, expires, mac, ext, ...more] = Buffer.from(value, 'base64url').toString('latin1').split('\\');
  if (!id || !expires || !mac || ext === undefined || more.length > 0 || !/^\d{1,12}$/.test(expires))
    throw new AuthError('bewit: expected id, expiry, signature and ext');
  const before = url.slice(0, at - 1);
  const resource = rest.length === 0 ? before : `${before}${url[at - 1]}${rest.join('&')}`;
  return { id, expires, mac, ext, resource };
}

/** The value of the parameter. */
export const bewitOf = ({ id, expires, mac, ext }: Omit<Bewit, 'resource'>): string =>
  Buffer.from(`${id}\\${expires}\\${mac}\\${ext}`, 'latin1').toString('base64url');
