import { isUtf8 } from 'node:buffer';
import type { WhiskToken } from './whisk-user.ts';

/** Longer than any token that somebody was given; what follows looks at each character. */
const MAX_CHARACTERS = 4096;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The token of an `authorization` header: `uuid:key`, the same in base64, and either of them behind the word `Basic`. What is
 * percent-encoded in the halves is decoded. `undefined`: it is no token.
 */
export function decodeToken(header: string): WhiskToken | undefined {
  if (header.length > MAX_CHARACTERS) return undefined;
  const words = header.trim().split(' ');
  if (words.length === 1) return decodeWord(words[0] ?? '');
  const [scheme = '', word = ''] = words;
  return words.length === 2 && scheme.toLowerCase() === 'basic' ? decodeWord(word) : undefined;
}

/** A colon is in no base64: what has one is a token as it is. */
function decodeWord(word: string): WhiskToken | undefined {
  const text = word.includes(':') ? word : fromBase64(word);
  const halves = text?.split(':') ?? [];
  if (halves.length !== 2) return undefined;
  const [uuid, key] = halves.map(unquoted);
  return uuid && key ? { uuid, key } : undefined;
}

function fromBase64(word: string): string | undefined {
  if (!BASE64.test(word)) return undefined;
  const bytes = Buffer.from(word, 'base64');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** Escapes that mean no text stay as they are. */
function unquoted(half: string): string {
  try {
    return decodeURIComponent(half);
  } catch {
    return half;
  }
}
