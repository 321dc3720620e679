import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, unless } from '../../kernel/index.ts';
import { dataFolder } from '../data-folder.ts';
import { onFiles } from '../file-error.ts';

/** Where the clients of a server are that was told of none. */
export const ownClientsFile = (environment: NodeJS.ProcessEnv, currentFolder: string): string =>
  join(dataFolder(environment, currentFolder), 'clients.yml');

/** Whom people sign in as. */
export const FIRST_CLIENT = 'admin';

/**
 * What names of clients begin with that programs of this machine use which can read the file. Each file has another one: to a
 * server with another file it is a stranger, and no known client with a wrong token.
 */
export const LOCAL_CLIENT = 'local/';

const TOKEN_BYTES = 33; // 44 characters, none of them padding

/** A token for a client that has none yet. */
export const newAccessToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** The client that people sign in with for the first time. */
export interface FirstClient {
  readonly clientId: string;
  readonly accessToken: string;
}

/**
 * Makes a file of clients, which only its owner can read, where there is none. `undefined`: there is one, and it stays as it
 * is. Safe to repeat, also at the same time. Throws `CommandError`.
 */
export async function makeOwnClients(file: string): Promise<FirstClient | undefined> {
  const first = { clientId: FIRST_CLIENT, accessToken: newAccessToken() };
  const isMade = await onFiles(`make the file of clients ${file}`, () => writeNew(file, textOf(first)));
  return isMade ? first : undefined;
}

const textOf = ({ clientId, accessToken }: FirstClient): string =>
  `# Who may call this server, made when it was started first. What is changed here counts at once.
# docs/queue.md says what else may stand here: more clients, roles (reader, operator, admin) and scopes.

# Sign in with it on the server's page, and call the server from other machines.
- clientId: ${clientId}
  accessToken: ${accessToken}
  role: admin

# What commands on this machine use whose user can read this file.
- clientId: ${LOCAL_CLIENT}${randomBytes(6).toString('hex')}
  accessToken: ${newAccessToken()}
  role: admin
`;

/** `false`: there is such a file. It is there as a whole, or not at all. */
async function writeNew(file: string, text: string): Promise<boolean> {
  if ((await unless(['ENOENT', 'ENOTDIR'], lstat(file))) !== undefined) return false;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
  try {
    await using handle = await open(fresh, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await link(fresh, file); // unlike `rename` it fails where another one was first
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(fresh, { force: true });
  }
}
