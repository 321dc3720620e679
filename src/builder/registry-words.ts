import { isLoopback, type RegistryCredentials } from '../registry/index.ts';
import { BuildError } from './error.ts';

// What users and operators say of registries, read the same way for every backend.

/** The Secret that has the operator's own login, by the name that it had before there were others. */
export const OPERATOR_SECRET = 'registry-pull-secret';

/** Names of secrets, and of users where they are folders: no dots at the ends, so that none leads elsewhere. */
export const SECRET_NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::[1-9]\d{0,4})?$/i;
const HOST_LIMIT = 253 + ':65535'.length;

/** A variable's or annotation's text without what is around it; `undefined` where nothing is left. */
export const filled = (text: string | undefined): string | undefined =>
  text?.trim() ? text.trim() : undefined;

/** A registry's host as somebody said it. `BuildError` for what is none. */
export function checkHost(host: string): string {
  if (HOST.test(host) && host.length <= HOST_LIMIT) return host;
  // The text is not repeated: people put passwords into URLs.
  throw new BuildError(
    'registry-refused',
    'REGISTRY_HOST is not HOST or HOST:PORT: leave out scheme and path',
  );
}

/** The login in a `REGISTRY_SECRET` that is no name. `BuildError` for what is none. */
export function inlineLogin(said: string): RegistryCredentials {
  const [username = '', password = '', ...more] = said.split(':');
  if (username !== '' && password !== '' && more.length === 0) return { username, password };
  throw new BuildError(
    'registry-refused',
    'REGISTRY_SECRET is neither the name of a secret nor user:password; a password with a colon goes into a secret',
  );
}

/**
 * A registry that a user names, and that is looked at already: none of the machine or pod that asks it, where services listen
 * that trust whoever reaches them. Others are asked over TLS, unless the operator has said otherwise. Throws `BuildError`.
 */
export function checkUsersHost(host: string, plainHttpHosts: readonly string[]): string {
  if (!isLoopback(host) || plainHttpHosts.includes(host)) return host;
  throw new BuildError(
    'registry-refused',
    'REGISTRY_HOST is the machine that builds: only the operator can name a registry there (--registry-host, or --registry-plain-http to let users name it)',
  );
}
