import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { StoreError } from '../error.ts';
import type { OciApiKey } from '../location.ts';

/** What a signature is made of. */
export interface UnsignedRequest {
  readonly method: string;
  /** With its query, as it is sent. */
  readonly path: string;
  /** As it is sent: with its port where that is not the usual one. */
  readonly host: string;
  readonly date: Date;
  /**
   * Signed as well. Objects and parts go up without it: for these two calls the service leaves the body out of the
   * signature, so that they can be streams.
   */
  readonly body?: { readonly bytes: Uint8Array; readonly contentType: string };
}

/** The headers that prove who sends a request: `date`, `host`, `authorization` and those of a signed body. */
export type SignRequest = (request: UnsignedRequest) => Record<string, string>;

/**
 * Signs by draft-cavage-http-signatures-08 in the form that OCI asks for: `rsa-sha256`, version 1. Throws `FORBIDDEN`
 * where the private key is none, or does not open with its passphrase.
 */
export function createRequestSigner(key: OciApiKey): SignRequest {
  const privateKey = openKey(key);
  const keyId = `${key.tenancy}/${key.user}/${key.fingerprint}`;
  return (request) => {
    const target = `${request.method.toLowerCase()} ${request.path}`;
    const signed: Record<string, string> = {
      date: request.date.toUTCString(),
      '(request-target)': target,
      host: request.host,
      ...bodyHeaders(request.body),
    };
    const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`);
    const signature = sign('RSA-SHA256', Buffer.from(lines.join('\n')), privateKey).toString('base64');
    const { '(request-target)': _, ...headers } = signed;
    const names = Object.keys(signed).join(' ');
    const authorization = `Signature version="1",keyId="${keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
    return { ...headers, authorization };
  };
}

function bodyHeaders(body: UnsignedRequest['body']): Record<string, string> {
  if (body === undefined) return {};
  return {
    'content-length': String(body.bytes.byteLength),
    'content-type': body.contentType,
    'x-content-sha256': createHash('sha256').update(body.bytes).digest('base64'),
  };
}

// What OpenSSL says stays out of the message, and is no cause: nobody promises that it never shows what was parsed.
function openKey({ privateKey, passphrase }: OciApiKey): KeyObject {
  try {
    return createPrivateKey({ key: privateKey, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    throw new StoreError(
      'FORBIDDEN',
      'The private key for OCI cannot be opened: expected an RSA key as PEM text and, where it is encrypted, its passphrase',
    );
  }
}
