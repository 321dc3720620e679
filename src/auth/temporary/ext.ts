import { AuthError } from '../error.ts';
import { isScope } from '../scopes/scope-set.ts';
import { type Certificate, parseCertificate } from './certificate.ts';

/** What a signature carries beside itself. */
export interface Ext {
  readonly certificate?: Certificate;
  readonly authorizedScopes?: readonly string[];
}

/** Base64 of JSON; empty where there is nothing to carry. Throws `TypeError` where the certificate is no JSON. */
export function encodeExt(
  certificate: string | undefined,
  authorizedScopes: readonly string[] | undefined,
): string {
  if (!certificate && authorizedScopes === undefined) return '';
  const ext = { ...(certificate && { certificate: readJson(certificate) }), authorizedScopes };
  return Buffer.from(JSON.stringify(ext)).toString('base64');
}

function readJson(certificate: string): unknown {
  try {
    return JSON.parse(certificate);
  } catch {
    throw new TypeError('the certificate of the credentials is no JSON'); // the cause would repeat a part of it
  }
}

/** Reads what came with a signature. Throws `AuthError`. */
export function parseExt(text: string): Ext {
  const value = decode(text);
  if (typeof value !== 'object' || value === null)
    throw new AuthError('ext: expected base64 of a JSON object');
  const { certificate, authorizedScopes } = value as Readonly<Record<string, unknown>>;
  return {
    ...(given(certificate) && { certificate: readCertificate(certificate) }),
    ...(given(authorizedScopes) && { authorizedScopes: readScopes(authorizedScopes) }),
  };
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

function readCertificate(value: unknown): Certificate {
  const read = parseCertificate(value);
  if (typeof read === 'string') throw new AuthError(read);
  return read;
}

function readScopes(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every(isScope)) return value;
  throw new AuthError('authorizedScopes: expected a list of scopes');
}
