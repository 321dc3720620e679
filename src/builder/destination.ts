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
  /** Whether the registry is asked over plain HTTP. */
  readonly isPlainHttp: boolean;
  /** The name of the Secret that has the credentials, where Kubernetes builds. */
  readonly secretName?: string;
}
