import { createHash, createHmac } from 'node:crypto';
import { currentOwner, isGone, type Owner } from '../../kernel/index.ts';

/** No registry can ever have this host: names below it are found on the engine or nowhere. */
export const OWN_HOST = 'slipway.invalid';

/** Sources and parents, by whose they are and what they are. */
export const KEPT = `${OWN_HOST}/image`;

/** Images of builds that go on, by id. */
export const BUILT = `${OWN_HOST}/build`;

/** What is kept for a user. */
export interface KeptImage {
  readonly user: string;
  readonly repository: string;
  readonly digest: string;
}

/**
 * The local name of an image that a user may build on. The user is a part of it: that somebody could fetch an image is no
 * reason to give it to somebody else. Without the key nobody can tell it: instructions of a hostile source (ONBUILD) may copy from
 * each image of the engine that they can name.
 */
export function keptName(key: Uint8Array, { user, repository, digest }: KeptImage): string {
  const name = createHmac('sha256', key)
    .update(JSON.stringify([user, repository, digest]))
    .digest('hex');
  return `${KEPT}:${name}`;
}

const OWN_NAMES = /^#\d+ (?:naming|unpacking) to slipway\.invalid\/.*\n/gm;

/** What an engine says of a build without our names on the engine, which mean nothing to who reads the log. */
export const withoutOwnNames = (text: string): string => text.replaceAll(OWN_NAMES, '');

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

const OWNED = `${OWN_HOST}/owner`;

const machineOf = (host: string): string => createHash('sha256').update(host).digest('hex').slice(0, 8);

/** Says which process builds: servers that know nothing of each other may share an engine. */
export function ownedName(id: string, { host, process }: Owner = currentOwner()): string {
  return `${OWNED}:${id}.${machineOf(host)}.${process}`;
}

/** The names that say who builds under an id, among those of its image. */
export const ownedNames = (id: string, names: readonly string[]): string[] =>
  names.filter((name) => name.startsWith(`${OWNED}:${id}.`));

/** What is known of the process that such a name says: this one, one that lives, that is gone, or one of another machine. */
export function ownerIn(name: string): 'this' | 'lives' | 'gone' | 'elsewhere' {
  const [, machine, ...rest] = name.slice(`${OWNED}:`.length).split('.');
  const own = currentOwner();
  if (machine !== machineOf(own.host)) return 'elsewhere';
  const process = rest.join('.');
  if (process === own.process) return 'this';
  return isGone({ host: own.host, process }) ? 'gone' : 'lives';
}
