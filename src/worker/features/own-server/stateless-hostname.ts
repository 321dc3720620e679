import { createHmac, randomBytes } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Base32 without padding, in lower case. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

export interface StatelessHostnameOptions {
  /** IPv4. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly secret: string;
  readonly domain: string;
  /** Two bytes. @defaultValue random */
  readonly salt?: Uint8Array;
}

/**
 * A name that a stateless DNS server resolves without having been told of it: address, expiry, salt and a signature
 * (HMAC-SHA256, its first half) in base32, below the domain.
 */
export function statelessHostname(options: StatelessHostnameOptions): string {
  const { address, expiresAt, secret, domain, salt = randomBytes(2) } = options;
  const facts = Buffer.alloc(14);
  for (const [at, part] of address.split('.', 4).entries()) facts.writeUInt8(Number(part), at);
  facts.writeBigInt64BE(BigInt(Math.floor(expiresAt)), 4);
  facts.set(salt.subarray(0, 2), 12);
  const signature = createHmac('sha256', secret).update(facts).digest().subarray(0, 16);
  return `${base32(Buffer.concat([facts, signature]))}.${domain}`;
}
