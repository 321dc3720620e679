import type { Duplex } from 'node:stream';

export interface ImageDetails {
  readonly id: string;
  /** Its names with tag. */
  readonly references: readonly string[];
  /** `NAME@sha256:…` of each manifest under which registries have it, as far as the engine knows. */
  readonly digests: readonly string[];
  readonly architecture: string;
  readonly os: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `''` is root. */
  readonly user: string;
  /** `NAME=value` each. */
  readonly environment: readonly string[];
  /** `6379/tcp` each. */
  readonly exposedPorts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** As a Dockerfile's HEALTHCHECK has it: `['CMD', …]` or `['CMD-SHELL', text]`. Absent: none, or switched off. */
  readonly healthCheck?: readonly string[];
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When it last got a name: milliseconds since the epoch. Absent: the engine does not say. */
  readonly namedAt?: number;
}

export interface ImageSummary {
  readonly id: string;
  /** Name with tag each; empty when it has none. */
  readonly references: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Which local images are listed: those that fit all that is said. */
export interface ImageFilter {
  /** `name` or `name=value`. */
  readonly label?: string;
  /** A name without tag, or with one: `localhost/app`, `localhost/app:1`. The images are listed with these names only. */
  readonly reference?: string;
}

/** What of the build cache is removed. */
export interface PruneOptions {
  /**
   * Only what the engine describes with this in it: instructions (`RUN` with its arguments) and the places that caches are
   * mounted at. Not empty.
   */
  readonly describedBy: string;
  /** As much of that stays. Absent: nothing. */
  readonly keepBytes?: number;
  readonly signal?: AbortSignal;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  /** Absent: the registry in the image's own name. */
  readonly serverAddress?: string;
}

export interface PullOptions {
  readonly credentials?: RegistryCredentials;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

export interface DigestOptions {
  readonly credentials?: RegistryCredentials;
  readonly signal?: AbortSignal;
}

export interface PullProgress {
  /** Absent for lines about the whole image. */
  readonly layer?: string;
  readonly status: string;
  readonly currentBytes?: number;
  readonly totalBytes?: number;
}

export interface PushOptions {
  readonly credentials?: RegistryCredentials;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

export interface PushResult {
  /** `sha256:…` of the manifest, as the registry knows it. Absent where the engine does not say. */
  readonly digest?: string;
}

export interface BuildOptions {
  /** Names with tag that the image gets. */
  readonly references: readonly string[];
  /** Path in the context. @defaultValue `Dockerfile` */
  readonly dockerfile?: string;
  /** A `null` value: taken from the engine's own environment. */
  readonly buildArgs?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * What builds: the engine's classic builder, or BuildKit, which knows cache mounts and bind mounts. With `buildkit`, `squash`,
   * `credentials` and `keepIntermediate` are `INVALID`, `network` is `default`, `none` or `host`, and `onProgress` is not called.
   * Engines without it throw `INVALID`.
   *
   * @defaultValue `classic`
   */
  readonly builder?: 'classic' | 'buildkit';
  /**
   * With `buildkit`: names the build. One of the same id that goes on, even one that another process began, is ended before
   * this one begins. Absent: it has no id.
   */
  readonly id?: string;
  /** Run every instruction again. */
  readonly noCache?: boolean;
  /** One layer out of all that the build adds. Engines that cannot throw `INVALID`. */
  readonly squash?: boolean;
  /** `host:address` each. */
  readonly extraHosts?: readonly string[];
  /** The network that RUN instructions see, by name. */
  readonly network?: string;
  /** With `buildkit`: a way out for instructions, also for those that have no network. */
  readonly tunnel?: BuildTunnel;
  /** Ask the registries for newer parents. */
  readonly pull?: boolean;
  /** Leave the containers of the instructions behind. */
  readonly keepIntermediate?: boolean;
  /** By registry host; for Docker Hub `https://index.docker.io/v1/`. */
  readonly credentials?: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
  /** What the build prints, as it comes. While the promise is pending nothing more is taken off the wire. */
  readonly onOutput?: (text: string) => void | Promise<void>;
  readonly onProgress?: (progress: PullProgress) => void;
  readonly signal?: AbortSignal;
}

/** What instructions reach of this process while they run: the socket of their `RUN --mount=type=ssh`, whatever its id. */
export interface BuildTunnel {
  /** Called for each connection that an instruction makes; who takes it ends it. */
  readonly onConnection: (connection: Duplex) => void;
}

/** What an image says of how it is run; what is absent stays as it is. */
export interface ImageConfiguration {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** `NAME=value` each, beside those that are there; the same name is replaced. */
  readonly environment?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** `6379/tcp` each. */
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly workingDir?: string;
  readonly stopSignal?: string;
}

export interface CommitOptions {
  /** Name with tag. Absent: the image has none, only its id. */
  readonly reference?: string;
  readonly configuration?: ImageConfiguration;
  /** `false`: the container's processes go on meanwhile, and a file that is being written is caught half-way. @defaultValue true */
  readonly pause?: boolean;
  readonly author?: string;
  readonly message?: string;
  readonly labels?: Readonly<Record<string, string>>;
}
