import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LinkError } from './error.ts';

/** What links are signed with: the first key signs, any of them is good for checking. At least one. */
export type LinkKeys = readonly [Buffer, ...Buffer[]];

const KEY_BYTES = 32; // as long as what HMAC-SHA256 gives
const MAX_FILE_BYTES = 64 * 1024;

/**
 * The keys of a text: one in a line, base64url of at least 32 bytes; empty lines and lines that begin with `#` do not count. To
 * change keys put the new one first, and take the old one out when the links that it signed have expired. Throws `LinkError`
 * `BAD_KEYS`, which names a line and never shows it.
 */
export function parseLinkKeys(text: string): LinkKeys {
  const keys: Buffer[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const word = line.trim();
    if (word === '' || word.startsWith('#')) continue;
    const key = /^[A-Za-z0-9_-]+={0,2}$/.test(word) ? Buffer.from(word, 'base64url') : Buffer.alloc(0);
    if (key.length < KEY_BYTES) {
      throw new LinkError('BAD_KEYS', `line ${index + 1}: expected base64url of at least ${KEY_BYTES} bytes`);
    }
    keys.push(key);
  }
  const [first, ...others] = keys;
  if (first === undefined) throw new LinkError('BAD_KEYS', 'no key in it: expected one in a line');
  return [first, ...others];
}

/**
 * Reads the keys of a file, which is made, with one new key, where there is none; only its owner can read it then. Processes
 * that do so at the same time get the same keys. Throws `LinkError` `BAD_KEYS`, or what the file system says.
 */
export async function readLinkKeys(path: string): Promise<LinkKeys> {
  const text = (await readIfThere(path)) ?? (await makeKeyFile(path));
  if (text.length > MAX_FILE_BYTES) throw new LinkError('BAD_KEYS', `${path}: too large for a file of keys`);
  try {
    return parseLinkKeys(text);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new LinkError('BAD_KEYS', `${path}: ${error.message}`, { cause: error });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function makeKeyFile(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await using file = await open(fresh, 'wx', 0o600);
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64url')}\n`);
    await file.sync();
    // Unlike `rename` this fails where another process was first; its keys are ours then.
    await link(fresh, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { force: true });
  }
  return await readFile(path, 'utf8');
}
