import type { RegistryCredentials } from './client/registry-client.ts';
import { DOCKER_HUB } from './image-name.ts';

/** What docker's `config.json` has of logins; nothing in it is checked before it is looked at. */
export interface DockerConfig {
  readonly auths: ReadonlyMap<string, unknown>;
  readonly helpers: ReadonlyMap<string, unknown>;
  /** The helper of all registries that have none of their own. */
  readonly store: unknown;
}

/** A user name that says that the password is a token for tokens, as `docker login` stores it. */
export const IDENTITY_TOKEN_USER = '<token>';

/** Reads a `config.json`; `undefined` where it is none. */
export function parseDockerConfig(text: string): DockerConfig | undefined {
  const read = members(parseJson(text));
  const auths = read && members(read.get('auths') ?? {});
  const helpers = read && members(read.get('credHelpers') ?? {});
  return auths && helpers && { auths, helpers, store: read.get('credsStore') };
}

/** The login for a host that stands in the file itself; keys may be written as URLs. */
export function credentialsFor({ auths }: DockerConfig, host: string): RegistryCredentials | undefined {
  const entry = members(find(auths, host));
  const [username, password] = [textOf(entry, 'username'), textOf(entry, 'password')];
  const token = textOf(entry, 'identitytoken');
  if (token) return { username: IDENTITY_TOKEN_USER, password: token };
  if (username && password) return { username, password };
  const text = Buffer.from(textOf(entry, 'auth') ?? '', 'base64').toString();
  const [, name, secret] = /^([^:]+):([\s\S]+)$/.exec(text) ?? [];
  return name === undefined || secret === undefined ? undefined : { username: name, password: secret };
}

/** The program that has the login for a host, by its name behind `docker-credential-`; `undefined`: none has. */
export function helperFor({ helpers, store }: DockerConfig, host: string): string | undefined {
  const helper = find(helpers, host) ?? store;
  return typeof helper === 'string' && helper !== '' ? helper : undefined; // an empty one means the file itself
}

function find(entries: ReadonlyMap<string, unknown>, host: string): unknown {
  if (entries.has(host)) return entries.get(host);
  for (const [key, entry] of entries) if (hostOf(key) === host) return entry;
  return undefined;
}

/** Docker Hub has a name of its own there. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' ? DOCKER_HUB : host;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const members = (value: unknown): ReadonlyMap<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;

function textOf(entry: ReadonlyMap<string, unknown> | undefined, key: string): string | undefined {
  const value = entry?.get(key);
  return typeof value === 'string' ? value : undefined;
}
