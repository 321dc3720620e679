import { createHash, createHmac } from 'node:crypto';
import type { Client } from '../caller.ts';
import { isSame } from '../hawk/mac.ts';

// `1.CLIENTID.EXPIRES.MAC`: base64url, whole seconds, base64url. The first part says how it is made, and with which key.
const FORM = '1';
const TOKEN = /^1\.([\w-]{1,400})\.([1-9]\d{0,11})\.([\w-]{43})$/;

/** A session as its token says it; whether that is so is not known yet. */
export interface SaidSession {
  readonly clientId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly mac: string;
}

/** The token of a session. It ends with `client` as it is now: its access token is a part of what is signed, and stays here. */
export function sessionToken(client: Client, expiresAt: number, key: Buffer): string {
  const expires = Math.floor(expiresAt / 1000);
  return [FORM, encoded(client.clientId), expires, macOf(client, expires, key)].join('.');
}

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** `undefined`: it is none. */
export function readSessionToken(token: string): SaidSession | undefined {
  const [, name, expires, mac] = TOKEN.exec(token) ?? [];
  if (name === undefined || mac === undefined) return undefined;
  const clientId = Buffer.from(name, 'base64url').toString();
  // Bits of the last sign that stand for nothing would make another text of the same session.
  if (encoded(clientId) !== name) return undefined;
  return { clientId, expiresAt: Number(expires) * 1000, mac };
}

/** Whether a session is a client's, as that is now. */
export const isSessionOf = (client: Client, { expiresAt, mac }: SaidSession, key: Buffer): boolean =>
  isSame(macOf(client, expiresAt / 1000, key), mac);

const macOf = ({ clientId, accessToken }: Client, expires: number, key: Buffer): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([FORM, clientId, expires, createHash('sha256').update(accessToken).digest('hex')]))
    .digest('base64url');
