import type { RegistryCredentials } from '../registry/index.ts';

/**
 * Where a user's images go. Two hosts, since what a builder reaches and what a node of a cluster reaches may have different
 * names. Hosts have no scheme.
 */
export interface Destination {
  /** `HOST[:PORT]` that images are pushed to. */
  readonly pushHost: string;
  /** `HOST[:PORT]` that images are pulled from: what callers are told. */
  readonly pullHost: string;
  /** Absent: the registry asks nobody. Never logged. */
  readonly credentials?: RegistryCredentials;
  /** The user named the registry, and nobody else's login goes there: whose images are there is not the operator's to say. @defaultValue false */
  readonly isUsers?: boolean;
  /** Whether the registry is asked over plain HTTP. */
  readonly isPlainHttp: boolean;
  /** The name of the Secret that has the credentials, where Kubernetes builds. */
  readonly secretName?: string;
}
