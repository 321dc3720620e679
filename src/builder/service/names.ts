import { createHash } from 'node:crypto';

const MAX_LENGTH = 63; // a label of Kubernetes, which a Job's pods get with its name
const HASH_LENGTH = 8;
const ID_LENGTH = 16; // 64 bits: no two builds of a user get the same
const LOGIN = /^[a-z0-9]+$/;

const hashOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);

/** `build-<user>-<id>`, made shorter where that is no legal name; always at most 63 of `[a-z0-9-]`. */
export function jobNameOf(user: string, id: string): string {
  const whole = `build-${user}-${id}`;
  if (LOGIN.test(user) && whole.length <= MAX_LENGTH) return whole;
  const end = id.replaceAll('-', '').slice(0, ID_LENGTH);
  const shorter = `build-${user}-${end}`;
  if (LOGIN.test(user) && shorter.length <= MAX_LENGTH) return shorter;
  const room = MAX_LENGTH - `build---${end}`.length - HASH_LENGTH;
  const shown = user.replaceAll(/[^a-z0-9]/g, '').slice(0, room) || 'user';
  return `build-${shown}-${hashOf(user)}-${end}`;
}

/** The log of a build. */
export const logNameOf = (id: string): string => `builds/${id}`;
