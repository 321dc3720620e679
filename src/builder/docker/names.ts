import { createHash } from 'node:crypto';

/** No registry can ever have this host: names below it are found on the engine or nowhere. */
export const OWN_HOST = 'slipway.invalid';

/** Sources and parents, by whose they are and what they are. */
export const KEPT = `${OWN_HOST}/image`;

/** Images of builds that go on, by id. */
export const BUILT = `${OWN_HOST}/build`;

/**
 * The local name of an image that a user may build on. The user is a part of it: that somebody could fetch an image is no
 * reason to give it to somebody else.
 */
export function keptName(user: string, repository: string, digest: string): string {
  const key = createHash('sha256')
    .update(JSON.stringify([user, repository, digest]))
    .digest('hex');
  return `${KEPT}:${key}`;
}

export const builtName = (id: string): string => `${BUILT}:${id}`;

const PUSHING = `${OWN_HOST}/pushing/`;

/** Says that an image has the name in a registry, `HOST:PORT/alice:web`, only while it is pushed. */
export function pushingName(name: string): string {
  const slash = name.indexOf('/');
  // No host has an underscore.
  return `${PUSHING}${name.slice(0, slash).toLowerCase().replace(':', '_')}${name.slice(slash)}`;
}

/** The other way round; `undefined` for other names. */
export function pushedName(name: string): string | undefined {
  if (!name.startsWith(PUSHING)) return undefined;
  const [host = '', ...rest] = name.slice(PUSHING.length).split('/');
  return [host.replace('_', ':'), ...rest].join('/');
}
