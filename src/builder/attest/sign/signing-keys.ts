import { createECDH, createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';

/** A public key that statements may be signed with. */
export interface PublicSigningKey {
  /** `sha256:…` of the key in DER (SubjectPublicKeyInfo). */
  readonly id: string;
  /** As `openssl` and cosign read it. */
  readonly pem: string;
}

/** What signs statements about images. */
export interface SigningKeys {
  /** ECDSA on P-256. */
  readonly signer: KeyObject;
  /** Of the signer, then of those that signed before it. */
  readonly published: readonly PublicSigningKey[];
}

const CURVE = 'prime256v1';
const PEM = /-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g;

export const isSigningKey = ({ asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyDetails?.namedCurve === CURVE;

/** Throws `Error` for what is no PEM of a public key on P-256. */
export function readPublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (!isSigningKey(key)) throw new Error('expected a key for ECDSA on P-256');
  return key;
}

export function publicSigningKey(key: KeyObject): PublicSigningKey {
  const plain = key.type === 'private' ? createPublicKey(key) : key;
  const id = `sha256:${hash('sha256', plain.export({ type: 'spki', format: 'der' }))}`;
  return { id, pem: plain.export({ type: 'spki', format: 'pem' }).toString() };
}

/**
 * The key that all servers of a database have in common. `keyFor` gives 32 bytes for a purpose; one in four thousand million is
 * no private key, and then the next purpose is asked.
 */
export function deriveSigningKey(keyFor: (purpose: string) => Buffer): KeyObject {
  const ecdh = createECDH(CURVE);
  for (let attempt = 1; ; attempt += 1) {
    const secret = keyFor(`statements about images ${attempt}`);
    try {
      ecdh.setPrivateKey(secret);
    } catch (error) {
      if (attempt < 3) continue;
      throw error;
    }
    const point = ecdh.getPublicKey();
    const x = point.toString('base64url', 1, 33);
    const y = point.toString('base64url', 33);
    const key = { kty: 'EC', crv: 'P-256', d: secret.toString('base64url'), x, y };
    return createPrivateKey({ format: 'jwk', key });
  }
}

/**
 * Without an operator's own keys the derived one signs. With them the first signs, and the others, private or public, are only
 * told, so that what they signed is still known; so is the derived one. Throws `Error` for text that has no such keys.
 */
export function openSigningKeys(derived: KeyObject, operatorsPem?: string): SigningKeys {
  const own = operatorsPem === undefined ? [] : [...operatorsPem.matchAll(PEM)].map(readKey);
  const [signer = derived] = own;
  if (operatorsPem !== undefined && (own.length === 0 || signer.type !== 'private'))
    throw new Error('expected a private key for ECDSA on P-256 in PEM first, without a passphrase');
  const published = [...own, derived].map(publicSigningKey);
  return {
    signer,
    published: published.filter(({ id }, index) => published.findIndex((each) => each.id === id) === index),
  };
}

function readKey([pem, label = '']: RegExpExecArray): KeyObject {
  const key = label === 'PUBLIC KEY' ? createPublicKey(pem) : createPrivateKey(pem);
  if (!isSigningKey(key)) throw new Error('expected keys for ECDSA on P-256');
  return key;
}
