import { join, resolve } from 'node:path';
import type { KeepLimits, UserLimits } from '../builder/index.ts';
import { DURATION_EXAMPLES, parseDuration } from '../kernel/index.ts';
import { type RegistryCredentials, RegistryError, readEndpoint } from '../registry/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';
import { readWebAddress } from './read-address.ts';
import { readSize } from './read-size.ts';

/** Where the users of OpenServerless are. */
export interface CouchSettings {
  readonly url: string;
  readonly prefix: string;
  readonly username: string;
  readonly password: string;
  /** Absolute. */
  readonly caFile?: string;
}

/** Which registry images go to; hosts have no scheme. */
export interface RegistrySettings {
  readonly registryHost?: string;
  readonly registryPushHost?: string;
  readonly registryPullHost?: string;
  readonly plainHttpHosts: readonly string[];
  readonly credentials?: RegistryCredentials;
}

/** What flags, variables and the configuration say of the image builder of a server. Paths are absolute. */
export interface BuilderSettings {
  readonly backend: 'docker' | 'kubernetes';
  /** Whether anybody said something of it: otherwise it is there and builds nothing. */
  readonly isConfigured: boolean;
  readonly usersFile?: string;
  readonly couch?: CouchSettings;
  readonly registry: RegistrySettings;
  readonly secretsFolder?: string;
  readonly allowedSources: readonly string[];
  readonly catalogFile?: string;
  /** The catalogue itself. */
  readonly catalogText?: string;
  readonly slots: number;
  readonly limits: UserLimits;
  readonly timeLimitMs: number;
  readonly idleLimitMs: number;
  /** What stays on the engine between builds. */
  readonly keep: KeepLimits;
  readonly caFile?: string;
  /** What signs statements about images. */
  readonly keyFile?: string;
  /** What pods of builds get. */
  readonly podFile?: string;
  readonly network: 'default' | 'none' | 'proxy';
  /** Where builds may go with `proxy`; none: the internet. */
  readonly reach: readonly string[];
  readonly namespace: string;
  readonly cache: 'none' | 'registry';
  readonly buildkitImage: string;
  readonly strictUserCheck: boolean;
}

const MAX_SLOTS = 1000;
const MAX_QUEUED = 100_000;
const MIN_LIMIT_MS = 1000;

/** `undefined`: the server is to have none. Throws `UsageError`. */
export function readBuilderSettings(context: CommandContext): BuilderSettings | undefined {
  const { flags, environment, currentFolder } = context;
  const backend = oneOf(context, 'builder', ['docker', 'kubernetes', 'off']);
  if (backend === 'off') return undefined;
  const file = (name: string): string | undefined => {
    const path = flags.text(name);
    return path === undefined ? undefined : resolve(currentFolder, path);
  };
  const files = {
    usersFile: file('build-users'),
    secretsFolder: file('build-secrets'),
    catalogFile: file('build-catalog'),
    caFile: file('build-ca'),
    keyFile: file('build-key'),
    podFile: file('build-pod'),
    couch: file('build-users') === undefined ? couchOf(context, file('couchdb-ca')) : undefined,
    catalogText: environment['BUILDER_CATALOG_JSON']?.trim() || undefined,
  };
  const registry = registryOf(context);
  const isNamed = flags.given('builder') || Boolean(environment['SLIPWAY_BUILDER']);
  return {
    backend,
    isConfigured:
      isNamed ||
      files.usersFile !== undefined ||
      files.couch !== undefined ||
      registry.registryHost !== undefined ||
      registry.registryPushHost !== undefined,
    ...defined(files),
    registry,
    allowedSources: flags.all('build-source').flatMap((each) => each.split(',').filter(Boolean)),
    slots: countOf(context, 'build-slots', MAX_SLOTS),
    limits: {
      maxRunning: countOf(context, 'build-max-running', MAX_SLOTS),
      maxQueued: countOf(context, 'build-max-queued', MAX_QUEUED),
    },
    timeLimitMs: limitOf(context, 'build-time-limit'),
    idleLimitMs: limitOf(context, 'build-idle-limit'),
    keep: defined({
      cacheBytes: readSize(flags, 'build-cache-size'),
      imageBytes: readSize(flags, 'build-keep-size'),
    }),
    ...networkOf(context, backend),
    namespace: flags.required('build-namespace'),
    cache: oneOf(context, 'build-cache', ['none', 'registry']),
    buildkitImage: flags.required('buildkit-image'),
    strictUserCheck: strictOf(context),
  };
}

/** Without what is not there. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [K in keyof T]?: Exclude<T[K], undefined> }; // only those are left
}

function oneOf<const T extends string>({ flags }: CommandContext, name: string, choices: readonly T[]): T {
  const text = flags.required(name);
  const found = choices.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${name}: expected ${choices.join(' or ')}, found "${text}"`);
}

/** By the original's names: Kubernetes itself sets two of them for a service that is called `couchdb`. */
function couchOf(
  { flags, environment }: CommandContext,
  caFile: string | undefined,
): CouchSettings | undefined {
  const host = environment['COUCHDB_SERVICE_HOST'];
  const port = environment['COUCHDB_SERVICE_PORT'] || '5984';
  const named = flags.text('couchdb-url') ?? (host ? `http://${bracketed(host)}:${port}` : undefined);
  if (named === undefined) return undefined;
  const url = readWebAddress(named, 'couchdb-url');
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--couchdb-url: the login is in COUCHDB_ADMIN_USER and COUCHDB_ADMIN_PASSWORD');
  const [username, password] = [environment['COUCHDB_ADMIN_USER'], environment['COUCHDB_ADMIN_PASSWORD']];
  if (!username || !password) {
    // In a cluster the address may be there without anybody meaning it.
    if (flags.text('couchdb-url') === undefined) return undefined;
    throw new UsageError('--couchdb-url: COUCHDB_ADMIN_USER and COUCHDB_ADMIN_PASSWORD are not set');
  }
  const prefix = flags.required('couchdb-prefix');
  return { url: url.href, prefix, username, password, ...(caFile !== undefined && { caFile }) };
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function registryOf({ flags, environment }: CommandContext): RegistrySettings {
  const plainHttpHosts = new Set(flags.all('registry-plain-http').flatMap((each) => each.split(',')));
  const hostOf = (name: string): string | undefined => {
    const text = flags.text(name);
    if (text === undefined) return undefined;
    const { host, isPlainHttp } = endpointOf(text, name);
    if (isPlainHttp) plainHttpHosts.add(host);
    return host;
  };
  const hosts = defined({
    registryHost: hostOf('registry-host'),
    registryPushHost: hostOf('registry-push-host'),
    registryPullHost: hostOf('registry-pull-host'),
  });
  return { ...hosts, plainHttpHosts: [...plainHttpHosts], ...loginOf(environment, hosts.registryHost) };
}

/** The operator's. Where they name a registry, half a login is a mistake; where nobody does, it may be for something else. */
function loginOf(
  { REGISTRY_USER: username, REGISTRY_PASS: password }: NodeJS.ProcessEnv,
  host: string | undefined,
): Pick<BuilderSettings['registry'], 'credentials'> {
  if (username && password) return { credentials: { username, password } };
  if (host === undefined || (!username && !password)) return {};
  const missing = username ? 'REGISTRY_PASS' : 'REGISTRY_USER';
  throw new UsageError(`${missing} is not set: a login needs REGISTRY_USER and REGISTRY_PASS`);
}

/** With or without a scheme: the tasks of the original write it there. */
function endpointOf(text: string, name: string): ReturnType<typeof readEndpoint> {
  try {
    return readEndpoint(text);
  } catch (error) {
    throw error instanceof RegistryError ? new UsageError(`--${name}: ${error.message}`) : error;
  }
}

function countOf({ flags }: CommandContext, name: string, most: number): number {
  const text = flags.required(name);
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new UsageError(`--${name}: expected a whole number from 1 to ${most}, found "${text}"`);
}

function limitOf({ flags }: CommandContext, name: string): number {
  const text = flags.required(name);
  const limitMs = parseDuration(text);
  if (limitMs !== undefined && limitMs >= MIN_LIMIT_MS) return limitMs;
  throw new UsageError(`--${name}: expected ${DURATION_EXAMPLES}, found "${text}"`);
}

function networkOf(
  context: CommandContext,
  backend: BuilderSettings['backend'],
): Pick<BuilderSettings, 'network' | 'reach'> {
  const network = oneOf(context, 'build-network', ['default', 'none', 'proxy']);
  const reach = context.flags.all('build-reach').flatMap((each) => each.split(',').filter(Boolean));
  if (network === 'proxy' && backend === 'kubernetes')
    throw new UsageError(
      '--build-network: proxy is for --builder docker; in a cluster network policies say it',
    );
  if (network !== 'proxy' && reach.length > 0)
    throw new UsageError('--build-reach: it is for --build-network proxy');
  return { network, reach };
}

/** The variable has more words for no than flags have. */
function strictOf({ flags, environment }: CommandContext): boolean {
  const said = environment['STRICT_USER_CHECK'];
  return said ? !/^(?:false|0|no|off)$/i.test(said) : flags.on('strict-user-check');
}

/** Where docker has its logins on this machine. */
export function dockerConfigFile(environment: NodeJS.ProcessEnv, home: string): string {
  return join(environment['DOCKER_CONFIG'] || join(environment['HOME'] || home, '.docker'), 'config.json');
}
