import { randomBytes } from 'node:crypto';
import type { Credentials } from '../../queue-api/index.ts';
import { encodeExt } from '../temporary/ext.ts';
import { addressIn } from './addresses.ts';
import { bewitOf } from './bewit.ts';
import { macOf } from './mac.ts';

/** What signs. */
export interface SignOptions {
  readonly credentials: Credentials;
  /** Limits what the credentials may for this request. */
  readonly authorizedScopes?: readonly string[];
  /** Milliseconds since the epoch. @defaultValue the clock */
  readonly now?: number;
}

const extOf = ({ credentials, authorizedScopes }: SignOptions): string =>
  encodeExt(credentials.certificate, authorizedScopes);

const resourceOf = ({ pathname, search }: URL): string => pathname + search;

/** The `Authorization` header of a request. Throws `TypeError` where the certificate is no JSON. */
export function signRequest(
  method: string,
  url: URL,
  options: SignOptions & { readonly nonce?: string },
): string {
  const { credentials, now = Date.now(), nonce = randomBytes(6).toString('base64url') } = options;
  const ext = extOf(options);
  const ts = String(Math.floor(now / 1000));
  const signed = { ts, nonce, method, resource: resourceOf(url), ...addressIn(url), ext };
  const mac = macOf('header', credentials.accessToken, signed);
  const shownExt = ext === '' ? '' : `, ext="${ext}"`;
  return `Hawk id="${credentials.clientId}", ts="${ts}", nonce="${nonce}"${shownExt}, mac="${mac}"`;
}

/** The URL with a signature that lets anybody GET it until `expiresAt` (milliseconds since the epoch). */
export function signUrl(url: URL, options: SignOptions & { readonly expiresAt: number }): URL {
  const { credentials, expiresAt } = options;
  const ext = extOf(options);
  const expires = String(Math.floor(expiresAt / 1000));
  const mac = macOf('bewit', credentials.accessToken, {
    ts: expires,
    nonce: '',
    method: 'GET',
    resource: resourceOf(url),
    ...addressIn(url),
    ext,
  });
  const signed = new URL(url);
  const bewit = `bewit=${bewitOf({ id: credentials.clientId, expires, mac, ext })}`;
  signed.search = url.search === '' ? bewit : `${url.search}&${bewit}`;
  return signed;
}
