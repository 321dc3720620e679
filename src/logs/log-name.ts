import { LogError } from './log-store.ts';

const MAX_NAME_BYTES = 900; // as keys of objects
const MAX_PART_BYTES = 240; // NAME_MAX, less what a folder puts behind it

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
// What the files of logs end with: no folder is called so, so that no log is in the way of another one.
const FILE_ENDING = /\.(?:log|ended)$/;

function isPart(part: string): boolean {
  if (part === '' || part === '.' || part === '..' || CONTROL.test(part) || !part.isWellFormed())
    return false;
  return Buffer.byteLength(part) <= MAX_PART_BYTES;
}

/**
 * Whether a text names a log: 1 to 900 bytes of UTF-8 in parts joined by `/`; none of them is empty, `.`, `..`, longer than
 * 240 bytes, or has a control character, and only the last one ends with `.log` or `.ended`.
 */
export function isLogName(text: string): boolean {
  if (Buffer.byteLength(text) > MAX_NAME_BYTES) return false;
  const parts = text.split('/');
  return parts.every(isPart) && !parts.slice(0, -1).some((part) => FILE_ENDING.test(part));
}

/** Throws `INVALID_NAME` where a text names no log. */
export function checkLogName(name: string): void {
  if (isLogName(name)) return;
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  throw new LogError('INVALID_NAME', `${shown} is no name of a log: expected parts joined by "/"`);
}
