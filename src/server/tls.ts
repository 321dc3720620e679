import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ServerError } from './error.ts';

/** What HTTPS needs, as PEM text; the certificate first in its chain. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Reads a certificate and its key, and sees that they belong together. May be repeated, when the files have changed.
 * Throws `ServerError` `BAD_TLS`; no part of the key is in its message.
 */
export async function readTlsPair({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  const cert = await readPem(certFile, 'certificate'); // one after the other: the same mistake says the same each time
  const key = await readPem(keyFile, 'private key');
  const certificate = parse(`${certFile} is no certificate`, () => new X509Certificate(cert));
  const isEncrypted = key.includes('ENCRYPTED');
  const trouble = isEncrypted ? `the key in ${keyFile} is encrypted` : `${keyFile} is no private key`;
  const privateKey = parse(trouble, () => createPrivateKey(key));
  if (certificate.checkPrivateKey(privateKey)) return { cert, key };
  throw new ServerError('BAD_TLS', `the key in ${keyFile} does not belong to the certificate in ${certFile}`);
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new ServerError('BAD_TLS', `cannot read the ${what} ${path}${code}`, { cause });
  }
}

// What OpenSSL says stays in the cause: it tells a person little.
function parse<T>(trouble: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ServerError('BAD_TLS', `${trouble}: expected PEM text without a passphrase`, { cause });
  }
}
