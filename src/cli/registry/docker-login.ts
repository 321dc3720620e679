import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOutOfReach } from '../../kernel/index.ts';
import { DOCKER_HUB, type RegistryCredentials } from '../../registry/index.ts';
import { CommandError } from '../command-error.ts';

type JsonObject = Readonly<Record<string, unknown>>;

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
  const address = host === DOCKER_HUB ? HUB_ADDRESS : host;
  const helper = asObject(config['credHelpers'])[address] ?? config['credsStore'];
  // An empty helper means the entry.
  if (typeof helper === 'string' && helper !== '') return await askHelper(helper, address, environment);
  return entryOf(asObject(config['auths']), address);
}

const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

async function readConfig(path: string): Promise<JsonObject> {
  try {
    return asObject(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (isOutOfReach(cause)) return {};
    throw new CommandError(
      `${path} cannot be read: it is no JSON object`,
      'REGISTRY_USER and REGISTRY_PASS are taken instead of it.',
    );
  }
}

function entryOf(entries: JsonObject, address: string): RegistryCredentials | undefined {
  const names = [address, `https://${address}`, `https://${address}/v1/`, `http://${address}`];
  const entry = names.map((name) => entries[name]).find((found) => found !== undefined);
  const { auth, username, password, identitytoken } = asObject(entry);
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { username: '<token>', password: identitytoken };
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const text = Buffer.from(auth, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A helper is a program of the person's own; it answers with an error where it knows nothing. */
async function askHelper(
  helper: string,
  address: string,
  environment: NodeJS.ProcessEnv,
): Promise<RegistryCredentials | undefined> {
  if (!/^[\w.-]{1,64}$/.test(helper))
    throw new CommandError(`docker's configuration names a credential helper that is no name: "${helper}"`);
  const answer = await run(`docker-credential-${helper}`, address, environment);
  if (answer === undefined) return undefined;
  const { Username: username, Secret: password } = asObject(answer);
  return typeof username === 'string' && typeof password === 'string' && username !== ''
    ? { username, password }
    : undefined;
}

function run(program: string, input: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const limits = { timeout: HELPER_TIMEOUT_MS, maxBuffer: MAX_ANSWER_BYTES };
  const child = execFile(program, ['get'], { env, ...limits }, (error, stdout) => {
    if (error === null) resolve(parsed(stdout));
    else if (error.code === 'ENOENT')
      reject(new CommandError(`${program} is not there, which docker's configuration names for logins`));
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
