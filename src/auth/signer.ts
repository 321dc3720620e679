import type { Client } from './caller.ts';
import { temporaryToken } from './temporary/certificate.ts';
import { type Ext, parseExt } from './temporary/ext.ts';

/** Whom a signature names, and the token that it has to be made with; whether that is so is not known yet. */
export interface Signer {
  readonly clientId: string;
  readonly accessToken: string;
  /** The permanent client behind it. */
  readonly issuer: Client;
  readonly ext: Ext;
}

const NOTHING: Ext = {};

/** `undefined` where nobody knows the client. Throws `AuthError` where what comes with the name cannot be read. */
export function findSigner(
  clientId: string,
  encodedExt: string,
  findClient: (clientId: string) => Client | undefined,
): Signer | undefined {
  const ext = encodedExt === '' ? NOTHING : parseExt(encodedExt);
  const issuer = findClient(ext.certificate?.issuer ?? clientId);
  if (issuer === undefined) return undefined;
  const seed = ext.certificate?.seed;
  const accessToken = seed === undefined ? issuer.accessToken : temporaryToken(seed, issuer.accessToken);
  return { clientId, accessToken, issuer, ext };
}
