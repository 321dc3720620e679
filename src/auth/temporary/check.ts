import type { Client } from '../caller.ts';
import { AuthError } from '../error.ts';
import { isSame } from '../hawk/mac.ts';
import { satisfies } from '../scopes/satisfies.ts';
import { type Certificate, certificateSignature, MAX_LIFE_MS } from './certificate.ts';

const TOLERANCE_MS = 5 * 60 * 1000; // clocks of issuers differ from ours

const shown = (moment: number): string => {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? String(moment) : date.toISOString();
};

/** Whether temporary credentials live now. Throws `AuthError`. */
export function checkLife({ start, expiry }: Certificate, now: number): void {
  if (start > now + TOLERANCE_MS)
    throw new AuthError(`the credentials are good from ${shown(start)}; it is ${shown(now)} here`);
  if (expiry < now - TOLERANCE_MS)
    throw new AuthError(`the credentials ended at ${shown(expiry)}; it is ${shown(now)} here`);
}

/** Whether an issuer made a certificate for this client, and might. Throws `AuthError`. */
export function checkCertificate(certificate: Certificate, clientId: string, issuer: Client): void {
  const expected = certificateSignature(certificate, clientId, issuer.accessToken);
  if (!isSame(expected, certificate.signature))
    throw new AuthError('the certificate is not signed by its issuer, or for another clientId');
  if (certificate.issuer === clientId)
    throw new AuthError('issuer of the certificate: expected another client than the one that it names');
  if (certificate.expiry - certificate.start > MAX_LIFE_MS)
    throw new AuthError('the credentials live for more than 31 days');
  const needed = clientId === issuer.clientId ? [] : [`auth:create-client:${clientId}`];
  for (const scope of [...needed, ...certificate.scopes])
    if (!satisfies(issuer.scopes, scope))
      throw new AuthError(`the issuer of the credentials lacks the scope ${scope}, which they need`);
}
