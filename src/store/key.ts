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
