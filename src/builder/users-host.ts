import { isLoopback } from '../registry/index.ts';
import { BuildError } from './error.ts';

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
