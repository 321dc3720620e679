import type {
  Attachment,
  AttachOptions,
  ContainerDetails,
  ContainerSpec,
  ContainerSummary,
  ExecuteOptions,
  ExecuteResult,
  Terminal,
  TerminalOptions,
} from './container-types.ts';
import type {
  BuildOptions,
  CommitOptions,
  DigestOptions,
  ImageDetails,
  ImageFilter,
  ImageSummary,
  PruneOptions,
  PullOptions,
  PushOptions,
  PushResult,
} from './image-types.ts';

export type * from './container-types.ts';
export type * from './image-types.ts';

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
  /**
   * What a registry has under a name, without fetching it: the `sha256:…` of its manifest, or of its list of manifests.
   * Throws as `pullImage` does.
   */
  findDigest(reference: string, options?: DigestOptions): Promise<string>;
  /**
   * Sends a local image to the registry that its name says. Repeating it is safe: what is there already is not sent
   * again. Throws `IMAGE_NOT_FOUND` when there is no such local image, `UNAUTHORIZED` when the registry refuses the
   * credentials or wants some, `REGISTRY` when it cannot be reached, breaks off or refuses the image.
   */
  pushImage(reference: string, options: PushOptions): Promise<PushResult>;
  /**
   * Builds an image from a Dockerfile and its context, a tar, and returns its id. An aborted signal ends the build.
   * Throws `BUILD_FAILED` with the failing instruction and exit code when an instruction fails or the Dockerfile is
   * wrong, `IMAGE_NOT_FOUND`, `UNAUTHORIZED` or `REGISTRY` for a parent image, `NOT_FOUND` for the network, `NO_SPACE`,
   * `INVALID` for names that are none and a context that is no tar; an error of `context` itself as it is. However it
   * ends, `context` is let go of with `return()`. A build that failed leaves no containers unless `keepIntermediate`;
   * the layers of instructions that went well may stay, for the next build.
   */
  buildImage(context: AsyncIterable<Uint8Array>, options: BuildOptions): Promise<string>;
  /**
   * Removes what the described builds left to be quicker the next time, the longest unused first: nothing of other builds,
   * and nothing that is in use or that an image has too; resolves with how many bytes that were. Repeating it is safe.
   * Throws `INVALID` where the engine keeps no such cache, and without a description.
   */
  pruneBuildCache(options: PruneOptions): Promise<number>;
  /** Local images, newest first. */
  listImages(filter: ImageFilter): Promise<ImageSummary[]>;
  /**
   * A local image with its layers and one name, as a tar in the format of `docker save`. `undefined` when there is no
   * such image. The caller reads it to its end or calls `return()` on the iterator; the signal ends the reading too.
   */
  saveImage(
    reference: string,
    options?: { signal?: AbortSignal },
  ): Promise<AsyncIterable<Buffer> | undefined>;
  /**
   * Takes images in from a tar in the format of `docker save`; returns the names (or ids, for those without a name) that
   * were loaded, as far as the engine says: of a tar without a manifest, as old engines made it, Docker says nothing.
   * Repeating it is safe. Throws `INVALID` when the bytes are no such tar, `NO_SPACE`; an error of `tar`
   * itself as it is.
   */
  loadImage(tar: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<string[]>;
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
  /**
   * An absent network is fine. Throws `CONFLICT` while containers are attached, unless `detach` takes them off first; those
   * go on without it.
   */
  removeNetwork(reference: string, options?: { readonly detach?: boolean }): Promise<void>;

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
   * may run. An image that had the name loses it. Throws `NOT_FOUND`, `INVALID` when the image would have neither an
   * entrypoint nor a command.
   */
  commitContainer(id: string, options: CommitOptions): Promise<string>;

  /**
   * Runs one more process in a running container, without input, and gathers what it prints: the first 1 MiB. A command
   * that is not there ends with 126 or 127 and the reason as its output. An aborted signal ends the waiting, not the
   * process. Throws `NOT_FOUND`, or `CONFLICT` when the container does not run.
   */
  execute(id: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /**
   * Runs one more process in a running container on a terminal of its own. Throws `NOT_FOUND`, `CONFLICT` when the
   * container does not run, `START_FAILED` when the command is not there.
   */
  openTerminal(id: string, options: TerminalOptions): Promise<Terminal>;
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
  /** The host's own address on it. Absent: the engine does not say. */
  readonly gateway?: string;
}
