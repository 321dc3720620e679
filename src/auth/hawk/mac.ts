import { createHmac, timingSafeEqual } from 'node:crypto';

/** Scheme and version begin what is signed, so that no signature is good for the other kind. */
export type MacKind = 'header' | 'bewit';

/** What of a request is signed. */
export interface SignedParts {
  /** Seconds since the epoch: when it was signed, of a signed URL when it ends. As text, since the text is signed. */
  readonly ts: string;
  readonly nonce: string;
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly resource: string;
  readonly host: string;
  readonly port: number;
  /** Of the body; clients of the Queue API send none. */
  readonly hash?: string;
  readonly ext?: string;
}

/** The signature of a request under an access token. */
export function macOf(kind: MacKind, accessToken: string, parts: SignedParts): string {
  const { ts, nonce, method, resource, host, port, hash = '', ext = '' } = parts;
  const text = `hawk.1.${kind}\n${ts}\n${nonce}\n${method.toUpperCase()}\n${resource}\n${host.toLowerCase()}\n${port}\n${hash}\n${ext}\n`;
  return createHmac('sha256', accessToken).update(text).digest('base64');
}

/** Whether two signatures are the same, in a time that tells nothing of where they differ. */
export function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
