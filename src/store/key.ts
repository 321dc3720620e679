import { StoreError } from './error.ts';

const MAX_KEY_BYTES = 900; // S3 and OCI take 1024; what stands before the key in a folder's path needs some of PATH_MAX
const MAX_PART_BYTES = 255; // NAME_MAX

/** The first part under which a store keeps what is its own. */
export const OWN_PART = '.slipway';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

function isPart(part: string, index: number): boolean {
  if (part === '' || part === '.' || part === '..' || CONTROL.test(part) || !part.isWellFormed())
    return false;
  return Buffer.byteLength(part) <= MAX_PART_BYTES && !(index === 0 && part === OWN_PART);
}

/** Whether a text is a key of an `ObjectStore`. */
export const isKey = (text: string): boolean =>
  Buffer.byteLength(text) <= MAX_KEY_BYTES && text.split('/').every(isPart);

/** Throws `INVALID_KEY` where a text is no key. */
export function checkKey(key: string): void {
  if (isKey(key)) return;
  const shown = JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key);
  throw new StoreError('INVALID_KEY', `${shown} is no name of an object: expected parts joined by "/"`);
}

/** Where a unit of UTF-16 comes among the units when texts are put in the order of their UTF-8 bytes. */
const rank = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800; // surrogates stand for what comes after all else
};

/** Compares keys, or beginnings of them, in the order of their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
