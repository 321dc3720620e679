import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemWords } from '../../kernel/index.ts';
import type { Client } from '../caller.ts';
import { refuseFile } from './error.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_TOKEN_BYTES = 4096;
const WRITABLE_BY_OTHERS = 0o022;

/** The clients of a file, and the state of each file that they came from. */
export interface ReadClients {
  readonly clients: readonly Client[];
  readonly files: ReadonlyMap<string, string>;
}

/** What changes when somebody writes a file, or puts another one in its place. */
export const stateOf = ({ ino, size, mtimeMs }: Pick<Stats, 'ino' | 'size' | 'mtimeMs'>): string =>
  `${ino} ${size} ${mtimeMs}`;

/**
 * Reads permanent clients: a list of `{clientId, accessToken | accessTokenFile, scopes, expires?}`, in YAML or JSON. Throws
 * `ClientsError` with every mistake of the list, and for a file that others than its owner may write.
 */
export async function readClients(file: string): Promise<ReadClients> {
  const { text, state } = await readPrivate(file, MAX_BYTES);
  const { parseClients } = await import('./parse-clients.ts');
  const files = new Map([[file, state]]);
  const clients: Client[] = [];
  for (const { clientId, accessToken, accessTokenFile = '', scopes, expires } of parseClients(file, text)) {
    const token = accessToken ?? (await readToken(resolve(dirname(file), accessTokenFile), files));
    const ends = expires === undefined ? {} : { expiresAt: Date.parse(expires) };
    clients.push({ clientId, accessToken: token, scopes, ...ends });
  }
  return { clients, files };
}

async function readToken(file: string, files: Map<string, string>): Promise<string> {
  const { text, state } = await readPrivate(file, MAX_TOKEN_BYTES);
  files.set(file, state);
  const token = text.replace(/\r?\n$/, '');
  const { MIN_TOKEN_CHARACTERS } = await import('./parse-clients.ts');
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= MIN_TOKEN_CHARACTERS) return token;
  throw refuseFile(
    file,
    'token',
    `expected one line of at least ${MIN_TOKEN_CHARACTERS} characters, the access token`,
  );
}

async function readPrivate(file: string, maxBytes: number): Promise<{ text: string; state: string }> {
  try {
    await using handle = await open(file, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuseFile(file, 'no-file', 'this is no plain file');
    if ((stats.mode & WRITABLE_BY_OTHERS) !== 0)
      throw refuseFile(file, 'writable', 'others than its owner may write it', `run: chmod go-w ${file}`);
    if (stats.size > maxBytes) throw refuseFile(file, 'too-large', `expected at most ${maxBytes} bytes`);
    return { text: await handle.readFile('utf8'), state: stateOf(stats) };
  } catch (cause) {
    const words = systemWords(cause);
    throw words === undefined ? cause : refuseFile(file, 'unreadable', `it cannot be read: ${words}`);
  }
}
