import { admit } from './admit.ts';
import type { Caller, Client, SignedRequest } from './caller.ts';
import { AuthError } from './error.ts';
import { type AddressRules, addressesOf, addressRules } from './hawk/addresses.ts';
import { parseBewit } from './hawk/bewit.ts';
import { isSame, type MacKind, macOf, type SignedParts } from './hawk/mac.ts';
import { parseHawkHeader } from './hawk/parse-header.ts';
import { Recent } from './recent.ts';
import { normalizeScopes } from './scopes/scope-set.ts';
import type { Sessions } from './sessions/sessions.ts';
import { findSigner, type Signer } from './signer.ts';
import { checkLife } from './temporary/check.ts';

/** Who there is, and what is believed of requests. */
export interface AuthenticatorOptions {
  /** Permanent clients by their id; asked with each request, so that changes count at once. */
  readonly clients: (clientId: string) => Client | undefined;
  /** The server's own client. It issues temporary credentials, and signs no request itself. */
  readonly issuerKey: Client;
  /**
   * `open`: who does not sign may everything, and whose client nobody knows is taken for one who does not sign. Known
   * clients are checked, and held to their scopes, all the same.
   */
  readonly mode: 'open' | 'closed';
  /** What everybody may. @defaultValue `queue:get-artifact:public/*` */
  readonly anonymousScopes?: readonly string[];
  /** Milliseconds since the epoch. @defaultValue the clock */
  readonly now?: () => number;
  /** Whether `X-Forwarded-…` is believed. @defaultValue false */
  readonly trustProxy?: boolean;
  /** How clients call the server, where requests do not say so themselves: behind a proxy that changes `Host`. */
  readonly rootUrl?: string;
  /** Those of the server's page, for requests that nobody signed. Absent: there are none. */
  readonly sessions?: Pick<Sessions, 'find'>;
}

/** Who calls. Throws `AuthError`. */
export type Authenticate = (request: SignedRequest) => Caller;

/** What everybody may where nothing else is said: read what is public. */
export const PUBLIC_SCOPES: readonly string[] = ['queue:get-artifact:public/*'];

const MAX_SKEW_MS = 15 * 60 * 1000;

/** Each worker signs with few certificates at a time; those of a fleet of thousands are remembered. */
const REMEMBERED = { maxEntries: 8192, maxCharacters: 32 * 1024 * 1024 };

/** A request's signature, as its header or its URL has it. */
interface Signature {
  readonly kind: MacKind;
  readonly id: string;
  readonly ext: string;
  readonly mac: string;
  readonly parts: Omit<SignedParts, 'host' | 'port'>;
}

interface Found {
  readonly signer: Signer;
  /** Absent: what its credentials give was not looked at yet. */
  readonly caller?: Caller;
}

/**
 * Tells who calls, by the signature of a request (Hawk) or of its URL (bewit), or else by the session of its browser. Nothing is awaited: it takes some ten
 * microseconds. What a certificate says is checked once and remembered; the signature and the clock are looked at each time.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { issuerKey, mode, anonymousScopes = PUBLIC_SCOPES, now = Date.now, sessions } = options;
  const findClient = (id: string) => (id === issuerKey.clientId ? issuerKey : options.clients(id));
  const rules: AddressRules = addressRules(options);
  const anonymous: Caller = {
    clientId: 'anonymous',
    scopes: mode === 'open' ? ['*'] : normalizeScopes(anonymousScopes),
  };
  const recent = new Recent<Found>(REMEMBERED);

  const find = (key: string, { id, ext }: Signature): Found | undefined => {
    const known = recent.get(key);
    // Clients that were read anew are other objects: what is remembered of the old ones counts no more.
    if (known !== undefined && findClient(known.signer.issuer.clientId) === known.signer.issuer) return known;
    const signer = findSigner(id, ext, findClient);
    return signer && { signer };
  };

  return (request) => {
    const signature = signatureOf(request);
    if (signature === undefined) return sessions?.find(request) ?? anonymous;
    const key = `${signature.id}\n${signature.ext}`; // neither has a line feed in it
    const found = find(key, signature);
    if (found === undefined && mode === 'open') return anonymous;
    checkMac(request, signature, found, rules);
    checkClock(signature, now());
    checkSigner(found.signer, issuerKey, now());
    if (found.caller !== undefined) return found.caller;
    const caller = admit(found.signer, anonymousScopes);
    recent.set(key, { signer: found.signer, caller });
    return caller;
  };
}

function signatureOf({ method, url, headers }: SignedRequest): Signature | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    if (typeof authorization !== 'string') throw new AuthError('there is more than one Authorization header');
    const { id, ext = '', mac, ...others } = parseHawkHeader(authorization);
    return { kind: 'header', id, ext, mac, parts: { ...others, method, resource: url, ext } };
  }
  const bewit = parseBewit(url);
  if (bewit === undefined) return undefined;
  if (!['GET', 'HEAD'].includes(method.toUpperCase()))
    throw new AuthError('a signed URL is good for GET and HEAD only');
  const { id, ext, mac, expires, resource } = bewit;
  return { kind: 'bewit', id, ext, mac, parts: { ts: expires, nonce: '', method: 'GET', resource, ext } };
}

/** Also for a client that nobody knows all is done that takes time, and the same is said. */
function checkMac(
  request: SignedRequest,
  { kind, mac, parts }: Signature,
  found: Found | undefined,
  rules: AddressRules,
): asserts found is Found {
  const addresses = addressesOf(request, rules);
  const isGood = addresses.some((address) =>
    isSame(macOf(kind, found?.signer.accessToken ?? '', { ...parts, ...address }), mac),
  );
  if (isGood && found !== undefined) return;
  const [seen] = addresses;
  throw new AuthError(
    `the signature does not fit: the clientId is unknown, the accessToken is wrong, or the request was changed on its way (it came for ${seen?.host}, port ${seen?.port}; what is signed is the address that the client used)`,
  );
}

function checkClock({ kind, parts: { ts } }: Signature, now: number): void {
  const signedMs = Number(ts) * 1000;
  if (kind === 'bewit' && signedMs <= now) throw new AuthError('the signed URL has expired');
  if (kind === 'bewit' || Math.abs(signedMs - now) <= MAX_SKEW_MS) return;
  const [theirs, ours] = [new Date(signedMs), new Date(now)];
  throw new AuthError(
    `the request was signed at ${theirs.toISOString()}, and it is ${ours.toISOString()} here: more than 15 minutes apart; set the clock`,
  );
}

/** What changes with time, or is the same for all certificates. */
function checkSigner({ issuer, ext: { certificate } }: Signer, issuerKey: Client, now: number): void {
  if (issuer === issuerKey && certificate === undefined)
    throw new AuthError('the server’s own client signs no requests');
  if (issuer.expiresAt !== undefined && issuer.expiresAt <= now)
    throw new AuthError(`the client ended at ${new Date(issuer.expiresAt).toISOString()}`);
  if (certificate !== undefined) checkLife(certificate, now);
}
