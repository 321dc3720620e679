import type { Engine } from '../../engine/index.ts';
import type { RegistryCredentials } from '../../registry/index.ts';

/** How images are built on a container engine. */
export interface DockerBackendOptions {
  /** Docker with BuildKit. Not disposed with the backend. */
  readonly engine: Engine;
  /** `HOST[:PORT]` of the registry for all users. Absent: the users' own `REGISTRY_HOST`. */
  readonly registryHost?: string;
  /** Where builds push to, where that differs from where images are pulled from. @defaultValue `registryHost` */
  readonly registryPushHost?: string;
  /** What callers are told, where it differs. @defaultValue `registryHost` */
  readonly registryPullHost?: string;
  /** The login for `registryHost`, for all users. Absent: what `dockerConfig` has for it. */
  readonly credentials?: RegistryCredentials;
  /** A `config.json` of docker with the operator's logins, for sources too. Read anew for each build; absent: there are none. */
  readonly dockerConfig?: string;
  /**
   * A folder with what users may name in `REGISTRY_SECRET`: `USER/NAME.json` for one user and `all/NAME.json` for everybody,
   * each like docker's `config.json`. Absent: there is none.
   */
  readonly secretsFolder?: string;
  /** Registries that are asked over plain HTTP, beside those on this machine. @defaultValue none */
  readonly plainHttpHosts?: readonly string[];
  /**
   * What instructions may reach: what the engine lets containers reach, nothing, or, with `proxy`, web servers by this process,
   * for which contexts have to be made by a recipe that is `isTunnelled`. @defaultValue `default`
   */
  readonly network?: 'default' | 'none' | 'proxy';
  /** With `proxy`: the only hosts that builds reach, whatever their addresses. @defaultValue all of the internet, by HTTP and HTTPS */
  readonly reach?: readonly string[];
  /** Names what is kept for users, the same in all servers that share the engine. @defaultValue one that nobody has */
  readonly tenantKey?: Uint8Array;
  /** What is kept on the engine between builds. */
  readonly keep?: KeepLimits;
  /** Milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** How much stays on the engine's disk: the longest unused goes first. */
export interface KeepLimits {
  /** Sources, and images that others are built on. @defaultValue 200 */
  readonly images?: number;
  /** What these images take, each counted whole. @defaultValue 20 GiB */
  readonly imageBytes?: number;
  /** What builds of Slipway leave in the engine's build cache; what images have of it is not counted. @defaultValue 10 GiB */
  readonly cacheBytes?: number;
}
