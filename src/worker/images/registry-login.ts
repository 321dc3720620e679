import type { RegistryCredentials } from '../../engine/index.ts';
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

/**
 * The operator's login for an image: by host and user, else by host. Names that say no host are those of the default
 * registry.
 */
export function findLogin(
  repository: string,
  { registries, defaultRegistry }: Pick<WorkerSettings['image'], 'registries' | 'defaultRegistry'>,
): RegistryCredentials | undefined {
  const parts = repository.split('/');
  const [first = ''] = parts;
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost');
  const [host = '', user = ''] = hasHost ? parts : [defaultRegistry, ...parts];
  for (const key of [`${host}/${user}`, host]) if (Object.hasOwn(registries, key)) return registries[key];
  return undefined;
}
