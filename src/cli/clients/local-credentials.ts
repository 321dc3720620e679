import { access, constants } from 'node:fs/promises';
import { readClients } from '../../auth/index.ts';
import type { Credentials } from '../../queue-api/index.ts';
import { LOCAL_CLIENT, ownClientsFile } from './own-clients.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** What of a command says where it runs. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly currentFolder: string;
}

/**
 * How a command calls a server of this machine where nobody said as whom: as the client that the server has made for that, if
 * this user can read it. `undefined`: nothing is signed. Throws `AccessFileError` for a file that cannot be used.
 */
export async function localCredentials(
  { environment, currentFolder }: Surroundings,
  rootUrl: string,
): Promise<Credentials | undefined> {
  const host = URL.parse(rootUrl)?.hostname ?? '';
  if (!LOOPBACK.test(host)) return undefined;
  const file = ownClientsFile(environment, currentFolder);
  if (!(await isReadable(file))) return undefined;
  const { items } = await readClients(file);
  const found = items.find(({ clientId }) => clientId.startsWith(LOCAL_CLIENT));
  return found && { clientId: found.clientId, accessToken: found.accessToken };
}

/** Another user's server keeps its clients to itself. */
const isReadable = (file: string): Promise<boolean> =>
  access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
