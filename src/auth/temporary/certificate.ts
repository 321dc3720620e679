import { createHmac } from 'node:crypto';
import { isScope } from '../scopes/scope-set.ts';

/** What temporary credentials carry: what they may, until when, and a proof that their issuer said so. */
export interface Certificate {
  readonly version: 1;
  /** The client that made them; absent: they have its name. */
  readonly issuer?: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly expiry: number;
  readonly seed: string;
  readonly signature: string;
}

/** 31 days. */
export const MAX_LIFE_MS = 31 * 24 * 60 * 60 * 1000;

export type UnsignedCertificate = Omit<Certificate, 'signature'>;

/** The proof: only who knows the issuer's access token can make it. `clientId`: whom the credentials name. */
export function certificateSignature(
  { issuer, scopes, start, expiry, seed }: UnsignedCertificate,
  clientId: string,
  issuerToken: string,
): string {
  const named = issuer === undefined ? [] : [`clientId:${clientId}`, `issuer:${issuer}`];
  const lines = ['version:1', ...named, `seed:${seed}`, `start:${start}`, `expiry:${expiry}`, 'scopes:'];
  return createHmac('sha256', issuerToken)
    .update([...lines, ...scopes].join('\n'))
    .digest('base64');
}

/** The access token that goes with a seed. */
export const temporaryToken = (seed: string, issuerToken: string): string =>
  createHmac('sha256', issuerToken).update(seed).digest('base64url');

const isMoment = (value: unknown): value is number => Number.isSafeInteger(value);

/**
 * Reads a certificate that came from outside; a text says what is wrong with it. Fields that it may have beside these mean
 * nothing and are not kept.
 */
export function parseCertificate(value: unknown): Certificate | string {
  if (typeof value !== 'object' || value === null) return 'the certificate is no object';
  const { version, issuer, scopes, start, expiry, seed, signature } = value as Readonly<
    Record<string, unknown>
  >;
  if (version !== 1) return 'version of the certificate: expected 1';
  if (issuer !== undefined && issuer !== null && typeof issuer !== 'string')
    return 'issuer of the certificate: expected a clientId';
  if (typeof seed !== 'string' || !/^[A-Za-z0-9_-]{44}$/.test(seed))
    return 'seed of the certificate: expected 44 characters';
  if (!isMoment(start) || !isMoment(expiry))
    return 'start and expiry of the certificate: expected milliseconds since the epoch';
  if (!Array.isArray(scopes) || !scopes.every(isScope)) return 'scopes of the certificate: expected scopes';
  if (typeof signature !== 'string') return 'the certificate is not signed';
  return { version, scopes, start, expiry, seed, signature, ...(issuer && { issuer }) };
}
