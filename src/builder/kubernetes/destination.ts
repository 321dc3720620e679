import { credentialsFor, isLoopback, parseDockerConfig } from '../../registry/index.ts';
import type { Destination } from '../destination.ts';
import { BuildError } from '../error.ts';
import {
  checkHost,
  checkUsersHost,
  filled,
  inlineLogin,
  OPERATOR_SECRET,
  SECRET_NAME,
} from '../registry-words.ts';
import type { Cluster } from './cluster.ts';
import { ALL_USERS, LABEL } from './labels.ts';
import { ConfigMap, Secret } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';

/** The operator's ConfigMap, whose annotations say where the registry is. */
const OPERATOR_CONFIG = 'config';
const DEFAULT_HOST = 'nuvolaris-registry-svc:5000';

interface Hosts {
  readonly pushHost: string;
  readonly pullHost: string;
  /** Whether the user said them: then no login goes there that is for another host. */
  readonly areUsers: boolean;
}

interface Asker {
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
}

/** Where a user's images go: the server's word first, then the user's, then the operator's. */
export async function findDestination(
  cluster: Cluster,
  settings: ResolvedSettings,
  asker: Asker,
): Promise<Destination> {
  const hosts = await findHosts(cluster, settings, asker);
  const found = await findLogin(cluster, asker, hosts);
  const { areUsers, pushHost, pullHost } = hosts;
  const isPlainHttp = settings.plainHttpHosts.includes(pushHost) || isLoopback(pushHost);
  const isOperators = areUsers && !isOwnLogin(asker);
  // The operator's whole Secret would let the pod read sources in every registry that it has a login for.
  const login = isOperators ? withoutSecret(found) : found;
  // Users may name the operator's registry too: then it is the login that tells.
  const isUsers = areUsers && (!isOperators || login.credentials === undefined);
  return { pushHost, pullHost, isPlainHttp, ...(isUsers && { isUsers }), ...login };
}

async function findHosts(
  cluster: Cluster,
  settings: ResolvedSettings,
  { environment }: Asker,
): Promise<Hosts> {
  const { registryHost, registryPushHost, registryPullHost } = settings;
  const isServers = registryHost !== undefined || registryPushHost !== undefined;
  const users = filled(environment['REGISTRY_HOST']);
  // Of both hosts or of none: a login for the one goes to the other as well.
  if (!isServers && users !== undefined) return { ...usersHosts(users, settings), areUsers: true };
  const annotations = registryHost === undefined ? await operatorAnnotations(cluster) : {};
  const host = registryHost ?? filled(annotations['registry_host']) ?? DEFAULT_HOST;
  return {
    areUsers: false,
    pushHost: checkHost(registryPushHost ?? filled(annotations['registry_push_host']) ?? host),
    pullHost: checkHost(registryPullHost ?? filled(annotations['registry_pull_host']) ?? host),
  };
}

const withoutSecret = ({ credentials }: Pick<Destination, 'credentials'>) =>
  credentials ? { credentials } : {};

/** Whether a user has written down a login, or named a Secret that is theirs. */
const isOwnLogin = ({ environment }: Asker): boolean => {
  const said = filled(environment['REGISTRY_SECRET']);
  return said !== undefined && said !== OPERATOR_SECRET;
};

const usersHosts = (host: string, { plainHttpHosts }: ResolvedSettings) => {
  const checked = checkUsersHost(checkHost(host), plainHttpHosts);
  return { pushHost: checked, pullHost: checked };
};

const operatorAnnotations = async (cluster: Cluster): Promise<Readonly<Record<string, string>>> =>
  (await cluster.find('ConfigMap', OPERATOR_CONFIG, ConfigMap))?.metadata.annotations ?? {};

/** Which Secret the builder is given, or which login a Secret is made of for one build. */
async function findLogin(
  cluster: Cluster,
  { environment, user }: Asker,
  hosts: Hosts,
): Promise<Pick<Destination, 'credentials' | 'secretName'>> {
  const said = filled(environment['REGISTRY_SECRET']);
  if (said === undefined) return await secretLogin(cluster, OPERATOR_SECRET, hosts);
  if (said.includes(':')) return { credentials: inlineLogin(said) };
  const secret = SECRET_NAME.test(said) ? await cluster.find('Secret', said, Secret) : undefined;
  const allowed = secret?.metadata.labels?.[LABEL.registryUser];
  const isTheirs = said === OPERATOR_SECRET || allowed === user || allowed === ALL_USERS;
  // Whether a Secret of somebody else exists is nobody's business.
  if (secret === undefined || !isTheirs) throw notConfigured(said);
  return loginOf(secret, said, hosts);
}

async function secretLogin(cluster: Cluster, name: string, hosts: Hosts) {
  const secret = await cluster.find('Secret', name, Secret);
  if (secret === undefined) throw notConfigured(name);
  return loginOf(secret, name, hosts);
}

const notConfigured = (name: string): BuildError =>
  new BuildError('registry-refused', `Secret ${name.slice(0, 253)} is not configured!`);

/**
 * The login in a Secret for the host that is pushed to. One that only knows the name under which nodes pull from the same
 * registry is good for it too, but BuildKit would not find it there: then a Secret is made for the build.
 */
function loginOf(
  { data }: { readonly data?: Readonly<Record<string, string>> | null | undefined },
  name: string,
  { pushHost, pullHost }: Hosts,
): Pick<Destination, 'credentials' | 'secretName'> {
  const config = parseDockerConfig(Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString());
  if (config === undefined) throw notConfigured(name);
  const credentials = credentialsFor(config, pushHost);
  if (credentials !== undefined) return { credentials, secretName: name };
  const pulling = credentialsFor(config, pullHost);
  return pulling === undefined ? { secretName: name } : { credentials: pulling };
}
