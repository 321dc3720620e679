import type { Caller, Client } from './caller.ts';
import { AuthError } from './error.ts';
import { missingScopes } from './scopes/satisfies.ts';
import { normalizeScopes } from './scopes/scope-set.ts';
import type { Signer } from './signer.ts';
import { checkCertificate } from './temporary/check.ts';

/**
 * Who a signer is once its signature turned out to be right: what its credentials give it, narrowed where it asked for that,
 * and what everybody may. Throws `AuthError` where they give it less than it says.
 */
export function admit(signer: Signer, anonymousScopes: readonly string[]): Caller {
  const { clientId, issuer, ext } = signer;
  const { certificate, authorizedScopes } = ext;
  if (certificate !== undefined) checkCertificate(certificate, clientId, issuer);
  const withAnonymous = (scopes: readonly string[]) => normalizeScopes([...scopes, ...anonymousScopes]);
  const held = withAnonymous(certificate?.scopes ?? issuer.scopes);
  if (authorizedScopes !== undefined) refuseMore(held, authorizedScopes);
  const expiresAt = earliest(issuer, certificate?.expiry);
  const isWhole = certificate === undefined && authorizedScopes === undefined;
  return {
    clientId,
    scopes: authorizedScopes === undefined ? held : withAnonymous(authorizedScopes),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(isWhole && issuer.role !== undefined && { role: issuer.role }),
  };
}

function refuseMore(held: readonly string[], authorizedScopes: readonly string[]): void {
  const more = authorizedScopes.find((scope) => missingScopes(held, scope) !== undefined);
  if (more === undefined) return;
  throw new AuthError(`authorizedScopes has the scope ${more}, which the credentials do not have`);
}

function earliest({ expiresAt }: Client, expiry: number | undefined): number | undefined {
  if (expiresAt === undefined || expiry === undefined) return expiresAt ?? expiry;
  return Math.min(expiresAt, expiry);
}
