import { createHash, type Hash } from 'node:crypto';
import { RegistryError } from '../error.ts';

/** `sha256:…` of bytes. */
export const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A hash by the algorithm that a digest names. */
export const hashOf = (digest: string): Hash => createHash(digest.slice(0, digest.indexOf(':')));

/** Throws `DIGEST_MISMATCH` where a hash came to something else than was promised. */
export function checkHash(hash: Hash, digest: string, what: string): void {
  const found = hash.digest('hex');
  if (digest.endsWith(`:${found}`)) return;
  throw new RegistryError('DIGEST_MISMATCH', `${what}: its bytes have the digest ${found} and not ${digest}`);
}
