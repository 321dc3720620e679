import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkKeys } from './link-keys.ts';

/**
 * What a link is for, from the outside in: `['runs', id, 'artifacts', name, 'files', 'docs', 'index.html']`. A link for a
 * resource is good for everything inside of it too.
 */
export type LinkResource = readonly string[];

/** What a signed link has in its query, beside what it would have anyway. */
export interface LinkSignature {
  /** Whole seconds since the epoch. */
  readonly expires: string;
  readonly signature: string;
}

export interface SignLinkOptions {
  readonly resource: LinkResource;
  /** Milliseconds since the epoch; part of a second is cut off. */
  readonly expiresAt: number;
  readonly keys: LinkKeys;
}

/** The query of a link that is good for a resource until it expires. The same arguments give the same link. */
export function signLink({ resource, expiresAt, keys }: SignLinkOptions): LinkSignature {
  const expires = String(Math.floor(expiresAt / 1000));
  return { expires, signature: macOf(resource, expires, keys[0]).toString('base64url') };
}

/** JSON keeps the parts apart: `["a/b"]` and `["a","b"]` are two texts. */
function macOf(resource: LinkResource, expires: string, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['slipway-link', 1, expires, ...resource]))
    .digest();
}

/** Why a link is refused. Nothing in it says whether what it names is there. */
export type LinkRefusal = 'missing' | 'invalid' | 'expired';

export interface VerifyLinkOptions {
  readonly resource: LinkResource;
  /** As they came; absent: the link has none. */
  readonly expires: string | undefined;
  readonly signature: string | undefined;
  readonly keys: LinkKeys;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MAX_PARTS = 256; // a part costs one HMAC for each key

/** Whether a link is good for a resource; `undefined` when it is. `expired` is said only of a link that once was good. */
export function verifyLink(options: VerifyLinkOptions): LinkRefusal | undefined {
  const { resource, expires, signature, keys, now } = options;
  if (expires === undefined && signature === undefined) return 'missing';
  if (expires === undefined || signature === undefined) return 'invalid';
  if (!/^\d{1,12}$/.test(expires) || !/^[\w-]{43}$/.test(signature) || resource.length > MAX_PARTS)
    return 'invalid';
  const given = Buffer.from(signature, 'base64url');
  if (given.toString('base64url') !== signature) return 'invalid'; // bits of the last sign that stand for nothing
  // All of them are tried, in any case: how long it takes says nothing of which part is right.
  const good = resource
    .map((_part, index) => resource.slice(0, index + 1))
    .flatMap((outer) => keys.map((key) => timingSafeEqual(macOf(outer, expires, key), given)))
    .includes(true);
  if (!good) return 'invalid';
  return Number(expires) * 1000 > now ? undefined : 'expired';
}
