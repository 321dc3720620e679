import { dirname, resolve } from 'node:path';
import type { Client } from '../caller.ts';
import { type ListedIn, refuseFile } from '../files/access-file-error.ts';
import { MAX_LIST_BYTES, readPrivate } from '../files/read-private.ts';
import type { ReadList } from '../files/watched-list.ts';
import { scopesOfRole } from '../roles/roles.ts';

const MAX_TOKEN_BYTES = 4096;

/**
 * Reads permanent clients: a list of `{clientId, accessToken | accessTokenFile, scopes | role, expires?}`, in YAML or JSON. Throws
 * `AccessFileError` with every mistake of the list, and for a file that others than its owner may write.
 */
export async function readClients(file: string): Promise<ReadList<Client>> {
  const listed: ListedIn = { file, what: 'clients' };
  const { text, state } = await readPrivate(listed, MAX_LIST_BYTES);
  const { parseClients } = await import('./parse-clients.ts');
  const files = new Map([[file, state]]);
  const items: Client[] = [];
  for (const each of parseClients(listed, text)) {
    const { clientId, accessTokenFile = '', scopes = [], role, expires } = each;
    items.push({
      clientId,
      accessToken: each.accessToken ?? (await readToken(resolve(dirname(file), accessTokenFile), files)),
      scopes: role === undefined ? scopes : [...scopesOfRole(role), ...scopes],
      ...(role !== undefined && { role }),
      ...(expires !== undefined && { expiresAt: Date.parse(expires) }),
    });
  }
  return { items, files };
}

async function readToken(file: string, files: Map<string, string>): Promise<string> {
  const listed: ListedIn = { file, what: 'clients' };
  const { text, state } = await readPrivate(listed, MAX_TOKEN_BYTES);
  files.set(file, state);
  const token = text.replace(/\r?\n$/, '');
  const { MIN_TOKEN_CHARACTERS } = await import('./parse-clients.ts');
  if (/^[\x21-\x7e]+$/.test(token) && token.length >= MIN_TOKEN_CHARACTERS) return token;
  const message = `expected one line of at least ${MIN_TOKEN_CHARACTERS} characters, the access token`;
  throw refuseFile(listed, { code: 'token', message });
}
