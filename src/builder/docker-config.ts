import { z } from 'zod';
import type { RegistryCredentials } from '../registry/index.ts';

/** The logins in docker's `config.json`; programs that it names are not run. */
const DockerConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
});
export type DockerConfig = z.infer<typeof DockerConfig>;

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
  const [, name, secret] = /^([^:]+):([\s\S]+)$/.exec(Buffer.from(auth ?? '', 'base64').toString()) ?? [];
  return name === undefined || secret === undefined ? undefined : { username: name, password: secret };
}

/** Docker Hub has a name of its own there. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? 'docker.io' : host;
}
