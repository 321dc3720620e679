/**
 * What starts containers, in Slipway's words. Two implementations: `docker/` (the Engine API, also over Podman's
 * socket) and `fake/` (real processes in temporary roots, for tests). Both pass `contract.ts`.
 *
 * Every method may be called concurrently with every other. A method that gets an aborted `signal`, or whose signal
 * aborts while it runs, rejects with `EngineError` code `ABORTED`, the signal's reason as its cause, and leaves nothing
 * open. Absence is `undefined`.
 *
 * Any method throws `UNREACHABLE` when the engine is not there or goes away meanwhile (what was asked may then have been
 * done or not), `PROTOCOL` when its answer cannot be understood, `FAILED` when it says that it could not, for a reason
 * that has no code of its own. Dispose closes all connections; what is under way, and later calls, reject with `CLOSED`.
 * Containers go on.
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
  /**
   * Removes one name of an image, and the image with its last name. An absent image is fine. Throws `CONFLICT` while
   * containers are made of the image and this is its last name.
   */
  removeImage(reference: string): Promise<void>;

  /**
   * Makes a private bridge network; returns its id. Throws `CONFLICT` when the name is taken or `subnet` overlaps
   * another network's, `INVALID` when `subnet` is none, `NO_SPACE` when the engine has no addresses left to choose from.
   */
  createNetwork(spec: NetworkSpec): Promise<string>;
  /** By name or id. */
  inspectNetwork(reference: string): Promise<NetworkDetails | undefined>;
  /** All networks, the engine's own included, or those that carry `label` (`name` or `name=value`). */
  listNetworks(filter?: { label?: string }): Promise<NetworkDetails[]>;
  /** An absent network is fine. Throws `CONFLICT` while containers are attached. */
  removeNetwork(reference: string): Promise<void>;

  /**
   * Makes a container that is not running yet; returns its id. Its network may still be absent; it must exist when it
   * starts. Throws `IMAGE_NOT_FOUND`, `CONFLICT` (the name is taken), `INVALID` (the engine refuses the specification).
   */
  createContainer(spec: ContainerSpec): Promise<string>;
  /**
   * Opens the container's standard streams. Attach before start, or what is printed first may be lost. Several may be
   * attached; each gets all the output. Throws `NOT_FOUND`.
   */
  attachContainer(id: string, options?: AttachOptions): Promise<Attachment>;
  /**
   * Starts a container that was created or has ended; one that runs is fine. Throws `NOT_FOUND`, or `START_FAILED` with
   * the engine's reason: then attached streams end, and the container stays as it was.
   */
  startContainer(id: string): Promise<void>;
  /** By id or name. */
  inspectContainer(id: string): Promise<ContainerDetails | undefined>;
  /**
   * Resolves when the container is not running (at once if it is not now), with its exit code: 128 and the number of the
   * signal that killed it, of no meaning if it never ran. Removing the container meanwhile ends it too. Throws `NOT_FOUND`.
   */
  waitContainer(id: string, options?: { signal?: AbortSignal }): Promise<{ readonly exitCode: number }>;
  /**
   * Sends a signal (`SIGKILL` if absent) to the container's first process; a container that does not run, or is absent,
   * is fine. Being process 1, one that set no handler does not notice other signals than `SIGKILL`.
   */
  killContainer(id: string, signal?: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<void>;
  /**
   * Kills and removes it with its anonymous volumes; resolves when it is gone, also where somebody else is removing it.
   * An absent container is fine.
   */
  removeContainer(id: string): Promise<void>;
  /** Running or not, those that carry `label` (`name` or `name=value`). */
  listContainers(filter: { label: string }): Promise<ContainerSummary[]>;
  /**
   * Makes an image of the container's file system and configuration, its labels included; returns its id. The container
   * may run. An image that had the name loses it. Throws `NOT_FOUND`.
   */
  commitContainer(id: string, options: CommitOptions): Promise<string>;

  /**
   * Runs one more process in a running container, without input, and gathers what it prints: the first 1 MiB. A command
   * that is not there ends with 126 or 127 and the reason as its output. An aborted signal ends the waiting, not the
   * process. Throws `NOT_FOUND`, or `CONFLICT` when the container does not run.
   */
  execute(id: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /** The last `tailLines` lines that the container printed, both streams together, oldest first. Throws `NOT_FOUND`. */
  readLogs(id: string, options: { tailLines: number }): Promise<Buffer>;

  /**
   * Unpacks a tar into the folder `path` of a container, running or not; owners, modes and times are the tar's. Throws
   * `NOT_FOUND` when the container or the folder is absent, `INVALID` when `path` is no folder or the bytes no tar,
   * `NO_SPACE` when the engine's disk is full; an error of `tar` itself as it is. However it ends, `tar` is let go of
   * with `return()`; where it failed, a part may be unpacked.
   */
  copyIn(
    id: string,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal },
  ): Promise<void>;
  /**
   * A file or folder of a container, running or not, as a tar whose entries begin with the base name of `path`; a
   * symbolic link at `path` is not followed. `undefined` when there is nothing at `path`; throws `NOT_FOUND` when the
   * container is absent. The caller reads it to its end or calls `return()` on the iterator; the signal ends the reading
   * too. Docker leaves the kind of file in the entries' modes: only their lowest twelve bits are permissions.
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
  /** Bridge options in the engine's own words: `com.docker.network.driver.mtu`. */
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
  /** Opens standard input for `attachContainer`; it is empty otherwise. */
  readonly openStdin?: boolean;
  readonly mounts?: readonly Mount[];
  readonly network?: {
    readonly name: string;
    readonly aliases: readonly string[];
    readonly address?: string;
  };
  /** `6379/tcp` each, beside the image's own and those that are published. */
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
  /** Absent while it runs, and before its first run. */
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  /** Address by network name, while it runs. */
  readonly addresses: Readonly<Record<string, string>>;
  /** `6379/tcp` each, the image's own and the published ones included. */
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

/**
 * The standard streams of one container. Dispose it to let go of them: a read under way ends, a write under way rejects.
 * The container goes on, but sees the end of its input, unless this was attached without.
 */
export interface Attachment extends AsyncDisposable {
  /**
   * What the container prints, as it comes, in pieces of any size. Read once; nothing more is taken off the wire while it
   * is not read. It ends when the container's streams close, or at dispose; leaving the loop disposes. Throws
   * `UNREACHABLE` when the connection breaks off: an engine that dies may also look like the end, so ask
   * `waitContainer` how the container ended.
   */
  readonly output: AsyncIterable<OutputFrame>;
  /**
   * Sends bytes to standard input; resolves when they may be forgotten, which is later than at once where the container
   * does not read. Throws `CLOSED` after the input or the streams closed.
   */
  write(bytes: string | Uint8Array): Promise<void>;
  /** Closes standard input after what was written; the output goes on. */
  closeInput(): void;
}
