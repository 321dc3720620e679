import { createHash, timingSafeEqual } from 'node:crypto';
import type { WhiskToken } from './whisk-user.ts';

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time wherever the texts differ. */
export const isSameSecret = (a: string, b: string): boolean => timingSafeEqual(digestOf(a), digestOf(b));

/** A name for a token under which it can be looked up: how long that takes says nothing of the token. */
export const fingerprintOf = ({ uuid, key }: WhiskToken): string =>
  digestOf(JSON.stringify([uuid, key])).toString('base64');
