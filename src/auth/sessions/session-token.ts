import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Client } from '../caller.ts';
import { isSame } from '../hawk/mac.ts';

// `2.CLIENTID.EXPIRES.ID.MAC`: base64url, whole seconds, base64url. The first part says how it is made, and with which key.
const FORM = '2';
const TOKEN = /^2\.([\w-]{1,400})\.([1-9]\d{0,11})\.([\w-]{22})\.([\w-]{43})$/;
const ID_BYTES = 16;

/** A session as its token says it; whether that is so is not known yet. */
export interface SaidSession {
  readonly clientId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Tells it from others of its client; who knows it alone has nothing. */
  readonly sessionId: string;
  readonly mac: string;
}

/** A name that no other session has. */
export const newSessionId = (): string => randomBytes(ID_BYTES).toString('base64url');

/** The token of a session. It ends with `client` as it is now: its access token is a part of what is signed, and stays here. */
export function sessionToken(
  client: Client,
  { sessionId, expiresAt }: Pick<SaidSession, 'sessionId' | 'expiresAt'>,
  key: Buffer,
): string {
  const expires = Math.floor(expiresAt / 1000);
  const mac = macOf(client, { expires, sessionId }, key);
  return [FORM, encoded(client.clientId), expires, sessionId, mac].join('.');
}

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** `undefined`: it is none. */
export function readSessionToken(token: string): SaidSession | undefined {
  const [, name, expires, sessionId, mac] = TOKEN.exec(token) ?? [];
  if (name === undefined || sessionId === undefined || mac === undefined) return undefined;
  const clientId = Buffer.from(name, 'base64url').toString();
  // Bits of the last sign that stand for nothing would make another text of the same session.
  if (encoded(clientId) !== name) return undefined;
  return { clientId, expiresAt: Number(expires) * 1000, sessionId, mac };
}

/** Whether a session is a client's, as that is now. */
export const isSessionOf = (
  client: Client,
  { expiresAt, sessionId, mac }: SaidSession,
  key: Buffer,
): boolean => isSame(macOf(client, { expires: expiresAt / 1000, sessionId }, key), mac);

interface Signed {
  /** Whole seconds. */
  readonly expires: number;
  readonly sessionId: string;
}

function macOf({ clientId, accessToken }: Client, { expires, sessionId }: Signed, key: Buffer): string {
  const token = createHash('sha256').update(accessToken).digest('hex');
  return createHmac('sha256', key)
    .update(JSON.stringify([FORM, clientId, expires, sessionId, token]))
    .digest('base64url');
}
