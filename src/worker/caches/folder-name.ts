import { createHash } from 'node:crypto';

// A name may have 255 bytes on most file systems.
const MAX_LENGTH = 200;
const PLAIN = /[A-Za-z0-9_.-]/;

/**
 * The folder of a cache: plain names as they are, other characters in percent-encoding, names that would be too long by
 * their digest. Different names have different folders, and none leads elsewhere.
 */
export function cacheFolderName(name: string): string {
  const encoded = [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return PLAIN.test(character) ? character : encodedByte(byte);
    })
    .join('');
  if (encoded.length > MAX_LENGTH) return `${LONG}${createHash('sha256').update(name).digest('hex')}`;
  return /^\./.test(encoded) ? `${encodedByte(0x2e)}${encoded.slice(1)}` : encoded;
}

// No other folder begins like this: `~` itself is encoded.
const LONG = '~';

const encodedByte = (byte: number): string => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;

/** What a folder's cache is called, as far as that can be told. */
export function cacheNameOf(folder: string): string {
  try {
    return decodeURIComponent(folder);
  } catch {
    return folder; // somebody else made it
  }
}
