import {
  credentialsFor,
  openRegistryClient,
  parseDockerConfig,
  parseImageName,
  type RegistryCredentials,
  RegistryError,
} from '../../registry/index.ts';
import type { SourceOptions } from '../backend.ts';
import type { BuildReason } from '../build.ts';
import type { Destination } from '../destination.ts';
import { BuildError } from '../error.ts';
import type { Cluster } from './cluster.ts';
import { Secret } from './schema.ts';
import type { ResolvedSettings } from './settings.ts';

const REASONS: Partial<Record<RegistryError['code'], BuildReason>> = {
  UNAUTHORIZED: 'source-refused',
  REFUSED: 'source-refused',
  UNREACHABLE: 'registry-unreachable',
  NOT_FOUND: 'source-not-found',
};

/** The manifest that a name means now, asked of its registry with the login that the build will have. */
export async function findSourceDigest(
  cluster: Cluster,
  settings: ResolvedSettings,
  {
    source,
    destination,
    signal,
  }: { readonly source: string } & Pick<SourceOptions, 'destination' | 'signal'>,
): Promise<string> {
  const parsed = parseImageName(source);
  if (!parsed.ok)
    throw new BuildError('source-not-found', `${source} is not the name of an image: ${parsed.error.reason}`);
  const { registry, path, tag, digest } = parsed.value;
  await using client = openRegistryClient({
    host: registry,
    credentials: await loginFor(cluster, registry, destination),
    ...(isPlain(registry, destination, settings) ? { isPlainHttp: true } : {}),
    ca: settings.ca,
  });
  try {
    const found = await client.findDigest(path, digest ?? tag ?? 'latest', { signal });
    if (found !== undefined) return found;
  } catch (error) {
    signal.throwIfAborted();
    throw sourceError(source, error);
  }
  throw new BuildError('source-not-found', `the source ${source} is not in its registry`);
}

const isPlain = (host: string, destination: Destination, { plainHttpHosts }: ResolvedSettings): boolean =>
  plainHttpHosts.includes(host) || (destination.isPlainHttp && host === destination.pushHost);

async function loginFor(
  cluster: Cluster,
  host: string,
  { pushHost, pullHost, credentials, secretName }: Destination,
): Promise<RegistryCredentials | undefined> {
  if (host === pushHost || host === pullHost) return credentials;
  if (secretName === undefined) return undefined;
  const secret = await cluster.find('Secret', secretName, Secret);
  const config = parseDockerConfig(
    Buffer.from(secret?.data?.['.dockerconfigjson'] ?? '', 'base64').toString(),
  );
  return config === undefined ? undefined : credentialsFor(config, host);
}

function sourceError(source: string, error: unknown): BuildError {
  if (!(error instanceof RegistryError)) throw error;
  const reason = REASONS[error.code] ?? 'registry-unreachable';
  return new BuildError(reason, `the source ${source} cannot be had: ${error.message}`, { cause: error });
}
