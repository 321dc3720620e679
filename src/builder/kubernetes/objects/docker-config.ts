import type { RegistryCredentials } from '../../../registry/index.ts';
import type { BuildWork } from '../../backend.ts';
import { buildLabels } from '../labels.ts';
import type { ResolvedSettings } from '../settings.ts';
import { type JobRef, ownedBy, secretName } from './names.ts';

/** A `config.json` with one login for some hosts. */
export const dockerConfigFor = (
  hosts: readonly string[],
  { username, password }: RegistryCredentials,
): string => {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) });
};

/** The Secret of one build, where the login is in none of the operator's. */
export const secretOf = (
  work: BuildWork,
  settings: ResolvedSettings,
  { job, config }: { readonly job: JobRef; readonly config: string },
): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/dockerconfigjson',
  metadata: {
    name: secretName(work.jobName),
    namespace: settings.namespace,
    labels: buildLabels(work, settings),
    ownerReferences: ownedBy(job),
  },
  data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
});
