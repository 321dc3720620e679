/**
 * What starts containers, in Slipway's words. Two implementations: `docker/` (the Engine API, also over Podman's
 * socket) and `fake/` (real processes in temporary roots, for tests). Both pass `contract.ts`.
 *
 * Every method may be called concurrently with every other. A method that gets an aborted `signal`, or whose signal
 * aborts while it runs, rejects with `EngineError` code `ABORTED` and leaves nothing open. Absence is `undefined`.
 */
export interface Engine extends AsyncDisposable {
  /** Asks whether the engine answers, and what it is. Throws `UNREACHABLE`, with the endpoint and what to do. */
  ping(options?: { signal?: AbortSignal }): Promise<EngineInfo>;

  /** The local image behind a reference (name, name with tag or digest, or id); `undefined` when there is none. */
  inspectImage(reference: string): Promise<ImageDetails | undefined>;
  /**
   * Brings an image from its registry. Repeating it is safe. Throws `IMAGE_NOT_FOUND` when the registry does not have
   * it, `UNAUTHORIZED` when it refuses the credentials, `REGISTRY` when it cannot be reached.
   */
  pullImage(reference: string, options: PullOptions): Promise<void>;
  /** Gives a local image one more name. Throws `IMAGE_NOT_FOUND`. */
  tagImage(source: string, target: string): Promise<void>;
  /** Removes one name of an image, and the image with its last name. An absent image is fine. */
  removeImage(reference: string): Promise<void>;

  /** Makes a private bridge network. Throws `CONFLICT` when `subnet` overlaps another network's. */
  createNetwork(spec: NetworkSpec): Promise<string>;
  /** By name or id. */
  inspectNetwork(reference: string): Promise<NetworkDetails | undefined>;
  /** All networks, or those that carry `label` (`name` or `name=value`). */
  listNetworks(filter?: { label?: string }): Promise<NetworkDetails[]>;
  /** An absent network is fine. Throws `CONFLICT` while containers are attached. */
  removeNetwork(reference: string): Promise<void>;

  /**
   * Makes a container that is not running yet. Its network may still be absent; it must exist when it starts.
   * Throws `IMAGE_NOT_FOUND`, `CONFLICT` (the name is taken), `INVALID` (the engine refuses the specification).
   */
  createContainer(spec: ContainerSpec): Promise<string>;
  /**
   * Opens the container's standard streams. Attach before start, or what is printed first may be lost.
   * The iteration ends when the container's streams close, or at dispose.
   */
  attachContainer(id: string, options?: AttachOptions): Promise<Attachment>;
  /** Starts a container that was created or has ended. Throws `START_FAILED` with the engine's reason. */
  startContainer(id: string): Promise<void>;
  inspectContainer(id: string): Promise<ContainerDetails | undefined>;
  /** Resolves when the container is not running (at once if it is not now), with its exit code. */
  waitContainer(id: string, options?: { signal?: AbortSignal }): Promise<{ readonly exitCode: number }>;
  /** Sends a signal to the container's first process; one that does not run is fine. */
  killContainer(id: string, signal?: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<void>;
  /** Kills and removes it with its anonymous volumes. An absent container is fine. */
  removeContainer(id: string): Promise<void>;
  /** Running or not, those that carry `label` (`name` or `name=value`). */
  listContainers(filter: { label: string }): Promise<ContainerSummary[]>;
  /** Makes an image of the container's file system and configuration; returns its id. */
  commitContainer(id: string, options: CommitOptions): Promise<string>;

  /** Runs one more process in a running container, without input, and gathers what it prints (at most 1 MiB). */
  execute(id: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /** The last `tailLines` lines that the container printed, both streams together, oldest first. */
  readLogs(id: string, options: { tailLines: number }): Promise<Buffer>;

  /**
   * Unpacks a tar into the folder `path` of a container, running or not. Throws `NOT_FOUND` when the container or the
   * folder is absent, `NO_SPACE` when the engine's disk is full.
   */
  copyIn(
    id: string,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal },
  ): Promise<void>;
  /**
   * A file or folder of a container, running or not, as a tar whose entries begin with the base name of `path`;
   * `undefined` when there is nothing at `path`. The caller reads it to its end or calls `return()` on the iterator.
   */
  copyOut(
    id: string,
    path: string,
    options?: { signal?: AbortSignal },
  ): Promise<AsyncIterable<Buffer> | undefined>;
}

export interface EngineInfo {
  readonly name: string;
  readonly version: string;
  /** As the engine says it: `linux`. */
  readonly os: string;
  /** In OCI's words: `amd64`, `arm64`. */
  readonly architecture: string;
  /** Where it is, for messages: `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
}

export interface ImageDetails {
  readonly id: string;
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

export interface PullProgress {
  /** Absent for lines about the whole image. */
  readonly layer?: string;
  readonly status: string;
  readonly currentBytes?: number;
  readonly totalBytes?: number;
}

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In CIDR form; only then may containers ask for an `address`. Absent: the engine chooses. */
  readonly subnet?: string;
  /** Bridge options in the engine's own words. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface NetworkDetails {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly subnets: readonly string[];
}

export interface Mount {
  /** A path on the engine's host. It must exist. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Absent: any free one. */
  readonly hostPort?: number;
  /** Absent: all addresses. */
  readonly hostAddress?: string;
}

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Absent: the image's own. */
  readonly command?: readonly string[];
  /** Absent: the image's own. An empty list: none. */
  readonly entrypoint?: readonly string[];
  /** `NAME=value` each, on top of the image's own. */
  readonly environment?: readonly string[];
  /** Absent: the image's own; `0` is root. */
  readonly user?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Keeps standard input open for `attachContainer`. */
  readonly openStdin?: boolean;
  readonly mounts?: readonly Mount[];
  readonly network?: {
    readonly name: string;
    readonly aliases: readonly string[];
    readonly address?: string;
  };
  /** `6379/tcp` each, beside the image's own. */
  readonly exposedPorts?: readonly string[];
  readonly publishedPorts?: readonly PublishedPort[];
  readonly memoryBytes?: number;
  /** Memory and swap together. */
  readonly memorySwapBytes?: number;
  readonly dns?: readonly string[];
  /** `false`: what it prints goes to attachments only, and `readLogs` finds nothing. @defaultValue true */
  readonly keepLog?: boolean;
}

export interface ContainerDetails {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** Absent while it has not ended. */
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  /** Address by network name, where it has one. */
  readonly addresses: Readonly<Record<string, string>>;
  /** `6379/tcp` each, the image's own included. */
  readonly exposedPorts: readonly string[];
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly running: boolean;
}

export interface CommitOptions {
  /** Name with tag. */
  readonly reference: string;
  readonly author?: string;
  readonly message?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ExecuteOptions {
  readonly command: readonly string[];
  readonly user?: string;
  readonly signal?: AbortSignal;
}

export interface ExecuteResult {
  readonly exitCode: number;
  /** Both streams together. */
  readonly output: Buffer;
}

export interface AttachOptions {
  readonly signal?: AbortSignal;
  /** `false`: for its output only, leaving its input to others. @defaultValue true */
  readonly input?: boolean;
}

export interface OutputFrame {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** The standard streams of one container. Dispose it to let go of the connection; the container goes on. */
export interface Attachment extends AsyncDisposable {
  /** What the container prints, as it comes. Read once; nothing more is taken off the wire while it is not read. */
  readonly output: AsyncIterable<OutputFrame>;
  /** Sends bytes to standard input; resolves when they may be forgotten. Throws `CLOSED` after the streams closed. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Closes standard input; the output goes on. */
  closeInput(): void;
}
