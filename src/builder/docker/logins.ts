import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { credentialsFor, parseDockerConfig, type RegistryCredentials } from '../../registry/index.ts';
import { BuildError } from '../error.ts';
import { SECRET_NAME } from '../registry-words.ts';
import type { DockerBackendOptions } from './options.ts';

/** What a config.json may have: hundreds of logins stay below. */
const CONFIG_LIMIT_BYTES = 1024 * 1024;

/** The folder of secrets that everybody may name. */
const EVERYBODY = 'all';

/** The operator's login for a host. `undefined`: none. */
export async function operatorLogin(
  { dockerConfig }: DockerBackendOptions,
  host: string,
): Promise<RegistryCredentials | undefined> {
  return dockerConfig === undefined ? undefined : await readLogin(dockerConfig, host);
}

/**
 * The login of a secret that the operator gave to a user, for a host; throws the same where there is none and where it is
 * somebody else's.
 */
export async function secretLogin(
  { secretsFolder }: DockerBackendOptions,
  asked: { readonly name: string; readonly user: string; readonly host: string },
): Promise<RegistryCredentials> {
  const { name, user, host } = asked;
  if (secretsFolder !== undefined && SECRET_NAME.test(name) && SECRET_NAME.test(user)) {
    for (const owner of [user, EVERYBODY]) {
      const found = await readLogin(join(secretsFolder, owner, `${name}.json`), host);
      if (found !== undefined) return found;
    }
  }
  throw new BuildError('registry-refused', `Secret ${name.slice(0, 253)} is not configured for ${host}!`);
}

/** `undefined`: no such file, or no login for the host in it. */
async function readLogin(file: string, host: string): Promise<RegistryCredentials | undefined> {
  const text = await readSmall(file);
  if (text === undefined) return undefined;
  const config = parseDockerConfig(text);
  if (config === undefined) {
    throw new BuildError(
      'registry-refused',
      'A file of the operator with registry logins is no docker config.json',
    );
  }
  return credentialsFor(config, host);
}

async function readSmall(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > CONFIG_LIMIT_BYTES) throw new Error(`it is larger than ${CONFIG_LIMIT_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw new BuildError('registry-refused', 'A file of the operator with registry logins cannot be read', {
      cause,
    });
  }
}
