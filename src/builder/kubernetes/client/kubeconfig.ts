import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import type { ClusterAccess } from './access.ts';
import { KubernetesError } from './error.ts';
import { identityOf, pemOf, readNamed } from './identity.ts';
import { type Cluster, Kubeconfig, type User } from './kubeconfig-schema.ts';

interface Found<T> {
  readonly value: T;
  /** The file that says it: its paths are seen from there. */
  readonly file: string;
}

/** Reads how a cluster is reached from kubeconfig files, of which the first that says something wins, as for kubectl. */
export async function readKubeconfigs(
  files: readonly string[],
  { context, now }: { readonly context: string | undefined; readonly now: () => number },
): Promise<ClusterAccess> {
  const parsed = await Promise.all(
    files.map(async (file) => ({ file, config: parseKubeconfig(await readNamed(file, 'kubeconfig'), file) })),
  );
  const where = files.join(delimiter);
  const name = context ?? parsed.map(({ config }) => config['current-context']).find(Boolean);
  if (name === undefined || name === null)
    throw new KubernetesError('INVALID_CONFIG', `${where} has no current context: name one`);
  const chosen = find(parsed, (config) => config.contexts?.find((each) => each.name === name)?.context);
  if (chosen === undefined) throw new KubernetesError('INVALID_CONFIG', `${where} has no context "${name}"`);
  const { cluster: clusterName, user: userName, namespace } = chosen.value;
  const cluster = find(
    parsed,
    (config) => config.clusters?.find((each) => each.name === clusterName)?.cluster,
  );
  if (cluster === undefined)
    throw new KubernetesError(
      'INVALID_CONFIG',
      `${where} has no cluster "${clusterName}", which the context "${name}" names`,
    );
  const user = find(
    parsed,
    (config) => config.users?.find((each) => each.name === userName)?.user ?? undefined,
  );
  return {
    name: `the context "${name}"`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(await clusterAccess(cluster)),
    identity: await userIdentity(user, now),
  };
}

/** The files that kubectl would read. */
export const kubeconfigFiles = (environment: NodeJS.ProcessEnv): readonly string[] => {
  const named = environment['KUBECONFIG']?.split(delimiter).filter((file) => file !== '') ?? [];
  const home = environment['HOME'];
  if (named.length > 0) return named;
  return home === undefined ? [] : [join(home, '.kube/config')];
};

function parseKubeconfig(text: string, file: string): Kubeconfig {
  try {
    return Kubeconfig.parse(parse(text, { maxAliasCount: 10 }) ?? {});
  } catch (cause) {
    throw new KubernetesError('INVALID_CONFIG', `${file} is not a kubeconfig`, { cause });
  }
}

function find<T>(
  parsed: readonly { readonly file: string; readonly config: Kubeconfig }[],
  look: (config: Kubeconfig) => T | undefined,
): Found<T> | undefined {
  for (const { file, config } of parsed) {
    const value = look(config);
    if (value !== undefined) return { value, file };
  }
  return undefined;
}

async function clusterAccess({
  value,
  file,
}: Found<Cluster>): Promise<Pick<ClusterAccess, 'server' | 'ca' | 'skipVerification' | 'serverName'>> {
  if (value['proxy-url'] !== undefined)
    throw new KubernetesError('INVALID_CONFIG', `${file}: "proxy-url" is not supported`);
  if (!URL.canParse(value.server) || !/^https?:/.test(value.server))
    throw new KubernetesError(
      'INVALID_CONFIG',
      `${file}: the server of the cluster is no http or https address`,
    );
  const ca = await pemOf(value['certificate-authority-data'], value['certificate-authority'], {
    kubeconfig: file,
    what: "cluster's certificate authority",
  });
  const serverName = value['tls-server-name'];
  return {
    server: value.server.replace(/\/+$/, ''),
    skipVerification: value['insecure-skip-tls-verify'] ?? false,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

const userIdentity = async (user: Found<User> | undefined, now: () => number) =>
  await identityOf(user?.value ?? {}, { kubeconfig: user?.file ?? '', now });
