import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterAccess } from './access.ts';
import { KubernetesError } from './error.ts';
import { readNamed, tokenFileIdentity } from './identity.ts';
import { kubeconfigFiles, readKubeconfigs } from './kubeconfig.ts';

export interface FindAccessOptions {
  /** A kubeconfig; absent: as kubectl finds it, and then the service account of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  /** @defaultValue the current one */
  readonly context?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** @defaultValue where Kubernetes puts it */
  readonly serviceAccountFolder?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How the cluster is reached. Throws `INVALID_CONFIG` where nothing says it. */
export async function findAccess(options: FindAccessOptions): Promise<ClusterAccess> {
  const { kubeconfig, context, environment, now } = options;
  if (kubeconfig !== undefined) return await readKubeconfigs([kubeconfig], { context, now });
  const files = kubeconfigFiles(environment).filter((file) => existsSync(file));
  if (files.length > 0) return await readKubeconfigs(files, { context, now });
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT;
  const inCluster = await inClusterAccess(folder, environment, now);
  if (inCluster !== undefined) return inCluster;
  throw new KubernetesError(
    'INVALID_CONFIG',
    'no cluster is known: there is no kubeconfig (KUBECONFIG, ~/.kube/config), and this is no pod with a service account',
  );
}

async function inClusterAccess(
  folder: string,
  environment: NodeJS.ProcessEnv,
  now: () => number,
): Promise<ClusterAccess | undefined> {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const tokenFile = join(folder, 'token');
  if (host === undefined || !existsSync(tokenFile)) return undefined;
  const [ca, namespace] = await Promise.all([
    readNamed(join(folder, 'ca.crt'), "cluster's certificate authority"),
    readNamed(join(folder, 'namespace'), "pod's namespace"),
  ]);
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    name: 'the cluster that this runs in',
    namespace: namespace.trim(),
    ca,
    skipVerification: false,
    identity: tokenFileIdentity(tokenFile, now),
  };
}
