import type { RegistryCredentials } from '../../../registry/index.ts';
import type { BuildWork } from '../../backend.ts';
import { buildLabels } from '../labels.ts';
import { DockerConfig } from '../schema.ts';
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

/** Reads a `config.json`; `undefined` where it is none. */
export function parseDockerConfig(text: string): DockerConfig | undefined {
  try {
    return DockerConfig.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The login for a host; keys may be written as URLs. */
export function credentialsFor({ auths }: DockerConfig, host: string): RegistryCredentials | undefined {
  const entries = Object.entries(auths);
  const found = entries.find(([key]) => key === host) ?? entries.find(([key]) => hostOf(key) === host);
  if (found === undefined) return undefined;
  const { auth, username, password } = found[1];
  if (username !== undefined && password !== undefined) return { username, password };
  const [, name, secret] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(auth ?? '', 'base64').toString()) ?? [];
  return name === undefined || secret === undefined ? undefined : { username: name, password: secret };
}

const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
