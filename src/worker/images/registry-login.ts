import type { RegistryCredentials } from '../../engine/index.ts';
import { DOCKER_HUB, parseImageName } from '../../registry/index.ts';
import type { WorkerSettings } from '../settings.ts';

/** What an image's written name says of its registry. */
interface WrittenName {
  /** Without tag and digest, as written. */
  readonly repository: string;
  /** `latest` where none is written; the digest where that is. */
  readonly tag: string;
}

export function writtenName(text: string): WrittenName {
  const at = text.indexOf('@');
  if (at >= 0) return { repository: withoutTag(text.slice(0, at)).repository, tag: text.slice(at + 1) };
  return withoutTag(text);
}

/** A colon before the last slash belongs to a port. */
function withoutTag(text: string): WrittenName {
  const colon = text.indexOf(':', text.lastIndexOf('/') + 1);
  return colon < 0
    ? { repository: text, tag: 'latest' }
    : { repository: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** What Docker Hub is called beside its own name, which is that of images without a host. */
const HUB_NAMES = [DOCKER_HUB, 'index.docker.io'];

/**
 * The operator's login for an image: by host and user, else by host. Names that say no host are those of the default
 * registry. However a name is written, it is the same image on this machine: a scope that one way of writing it needs, the
 * others need too.
 */
export function findLogin(
  repository: string,
  { registries, defaultRegistry }: Pick<WorkerSettings['image'], 'registries' | 'defaultRegistry'>,
): RegistryCredentials | undefined {
  const parsed = parseImageName(repository);
  if (!parsed.ok) return undefined; // no image is called so
  const { registry, path } = parsed.value;
  const hosts = registry === DOCKER_HUB ? [defaultRegistry, ...HUB_NAMES] : [registry];
  const [user = ''] = path.split('/');
  const logins = new Map(Object.entries(registries).map(([key, login]) => [lowerHost(key), login]));
  const keys = [...hosts.map((host) => `${host}/${user}`), ...hosts];
  return keys.map((key) => logins.get(lowerHost(key))).find((login) => login !== undefined);
}

/** Hosts are the same in capital letters. */
const lowerHost = (key: string): string => key.replace(/^[^/]*/, (host) => host.toLowerCase());
