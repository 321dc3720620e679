import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOutOfReach } from '../../kernel/index.ts';
import {
  credentialsFor,
  DOCKER_HUB,
  type DockerConfig,
  helperFor,
  parseDockerConfig,
  type RegistryCredentials,
} from '../../registry/index.ts';
import { CommandError } from '../command-error.ts';

const HELPER_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const HUB_ADDRESS = 'https://index.docker.io/v1/';

/**
 * What `docker login` stored for a registry, in docker's configuration or with the helper that it names; `undefined`: nothing.
 * The configuration is only read. Throws `CommandError`.
 */
export async function dockerLogin(
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryCredentials | undefined> {
  const folder = environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker');
  const config = await readConfig(join(folder, 'config.json'));
  if (config === undefined) return undefined;
  const helper = helperFor(config, host);
  return helper === undefined ? credentialsFor(config, host) : await askHelper(helper, host, environment);
}

/** `undefined`: there is none. */
async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isOutOfReach(cause)) return undefined;
    throw cause;
  }
  const config = parseDockerConfig(text);
  if (config !== undefined) return config;
  const hint = 'REGISTRY_USER and REGISTRY_PASS are taken instead of it.';
  throw new CommandError(`${path} cannot be read: it is not what docker writes there`, hint);
}

/** A helper is a program of the person's own; it answers with an error where it knows nothing. */
async function askHelper(
  helper: string,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryCredentials | undefined> {
  if (!/^[\w.-]{1,64}$/.test(helper))
    throw new CommandError('docker’s configuration names a credential helper that is no name');
  const address = host === DOCKER_HUB ? HUB_ADDRESS : host;
  const answer = await run(`docker-credential-${helper}`, address, environment);
  const username = textMember(answer, 'Username');
  const password = textMember(answer, 'Secret');
  if (!username || !password) return undefined;
  return { username, password };
}

function run(program: string, input: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const limits = { timeout: HELPER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES };
  const child = execFile(program, ['get'], { env, ...limits }, (error, stdout) => {
    if (error === null) resolve(parsed(stdout));
    else if (error.code === 'ENOENT')
      reject(new CommandError(`${program} is not there, which docker’s configuration names for logins`));
    else resolve(undefined);
  });
  child.stdin?.on('error', () => undefined).end(input); // it may have ended without reading
  return promise;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textMember(value: unknown, key: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
}
