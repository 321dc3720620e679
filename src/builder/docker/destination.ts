import { isLoopback, type RegistryCredentials } from '../../registry/index.ts';
import type { Destination } from '../destination.ts';
import { BuildError } from '../error.ts';
import { checkHost, checkUsersHost, filled, inlineLogin, OPERATOR_SECRET } from '../registry-words.ts';
import { operatorLogin, secretLogin } from './logins.ts';
import type { DockerBackendOptions } from './options.ts';

interface Asker {
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
}

interface Hosts {
  readonly pushHost: string;
  readonly pullHost: string;
  /** Whether the operator said them: only then the operator's login goes there. */
  readonly areOperators: boolean;
}

/** Where a user's images go: the operator's word first, then the user's. */
export async function findDestination(options: DockerBackendOptions, asker: Asker): Promise<Destination> {
  const { pushHost, pullHost, areOperators } = findHosts(options, asker);
  const credentials = await findLogin(options, asker, { pushHost, pullHost, areOperators });
  const isPlainHttp = isLoopback(pushHost) || (options.plainHttpHosts ?? []).includes(pushHost);
  return {
    pushHost,
    pullHost,
    isPlainHttp,
    ...(!areOperators && { isUsers: true }),
    ...(credentials && { credentials }),
  };
}

function findHosts(options: DockerBackendOptions, { environment }: Asker): Hosts {
  const { registryHost, registryPushHost, registryPullHost } = options;
  const own = filled(registryHost) ?? filled(registryPushHost);
  const host = own ?? filled(environment['REGISTRY_HOST']);
  if (host === undefined) {
    throw new BuildError(
      'registry-refused',
      'no registry is configured: the operator sets one with --registry-host, or a user with REGISTRY_HOST',
    );
  }
  if (own === undefined) {
    const users = checkUsersHost(checkHost(host), options.plainHttpHosts ?? []);
    return { pushHost: users, pullHost: users, areOperators: false };
  }
  return {
    pushHost: checkHost(filled(registryPushHost) ?? host),
    pullHost: checkHost(filled(registryPullHost) ?? host),
    areOperators: true,
  };
}

async function findLogin(
  options: DockerBackendOptions,
  { environment, user }: Asker,
  { pushHost, pullHost, areOperators }: Hosts,
): Promise<RegistryCredentials | undefined> {
  const said = filled(environment['REGISTRY_SECRET']);
  if (said?.includes(':')) return inlineLogin(said);
  if (said !== undefined && said !== OPERATOR_SECRET) {
    return await secretLogin(options, { name: said, user, host: pushHost });
  }
  if (!areOperators) return undefined;
  return (
    options.credentials ??
    (await operatorLogin(options, pushHost)) ??
    (await operatorLogin(options, pullHost))
  );
}
