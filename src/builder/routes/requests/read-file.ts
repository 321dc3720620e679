import { isUtf8 } from 'node:buffer';
import { RouteError } from '../route-error.ts';

const MAX_BASE64 = 10_000_000;
const MAX_CHARACTERS = 5_000_000;
// What lines are broken with is left out: `base64` of most systems breaks them.
const LINE_ENDS = /[\r\n]+/g;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The text of a requirement file. `maxBytes`: what the backend takes. Throws `RouteError`. */
export function readFile(encoded: string, maxBytes: number): string {
  if (encoded.length > MAX_BASE64) throw tooLarge('Requirements file too large (max 10MB base64-encoded)');
  const plain = encoded.replace(LINE_ENDS, '');
  if (plain.length % 4 !== 0 || !BASE64.test(plain))
    throw new RouteError(400, 'Requirements file must be valid base64-encoded data');
  const bytes = Buffer.from(plain, 'base64');
  if (!isUtf8(bytes)) throw new RouteError(400, 'Requirements file must be valid UTF-8 text');
  const text = bytes.toString();
  if (text.length > MAX_CHARACTERS) throw tooLarge('Decoded requirements file too large (max 5MB)');
  if (bytes.length > maxBytes)
    throw tooLarge(`Decoded requirements file too large (max ${maxBytes} bytes where this server builds)`);
  return text;
}

const tooLarge = (message: string): RouteError => new RouteError(413, message);
