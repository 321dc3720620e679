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
  /** All that the host may do. @defaultValue false */
  readonly privileged?: boolean;
  /** Where its processes start; absent: the image's own. */
  readonly workingDir?: string;
  /** `host:address` each, for the container's `/etc/hosts`. */
  readonly extraHosts?: readonly string[];
  /** Its streams are a terminal: one of them, lines ending in CR LF. Attach with `tty` too. @defaultValue false */
  readonly tty?: boolean;
  /** How large `/dev/shm` may become. Absent: the engine's choice. */
  readonly shmSizeBytes?: number;
  /** Names without `CAP_`: `SYS_PTRACE`. */
  readonly capabilitiesAdded?: readonly string[];
  /** Paths of the host's device files, which it sees at the same paths and may read, write and make. */
  readonly devices?: readonly string[];
  /** In the engine's own words: `seccomp=unconfined`. */
  readonly securityOptions?: readonly string[];
  /** The processors it may run on, as in `0-2,7`. Absent: all. */
  readonly cpuset?: string;
  /** Processes and threads that it may have at once. Absent: the engine's choice. */
  readonly pidsLimit?: number;
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

export interface ExecuteOptions {
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  /** `NAME=value` each, on top of the container's own. */
  readonly environment?: readonly string[];
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
  /** The container was made with `tty`: all it prints comes as `stdout`. @defaultValue false */
  readonly tty?: boolean;
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

export interface TerminalOptions {
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  /** `NAME=value` each, on top of the container's own. */
  readonly environment?: readonly string[];
  /** In characters; absent: the engine's choice until `resize`. */
  readonly size?: TerminalSize;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * A process on a terminal. Dispose it to let go of it: Ctrl-C and Ctrl-D are typed, which end a shell at its prompt. What
 * does not end then runs on until its container ends: engines keep the terminal of a process that nobody looks at.
 */
export interface Terminal extends AsyncDisposable {
  /** What appears on the terminal. Read once; it ends when the process ends, or at dispose. Throws `UNREACHABLE`. */
  readonly output: AsyncIterable<Buffer>;
  /** Types bytes. Throws `CLOSED` after the process ended. */
  write(bytes: string | Uint8Array): Promise<void>;
  /** A process that has ended is fine. */
  resize(size: TerminalSize): Promise<void>;
  /**
   * Resolves when the process has ended and its output was read, with its exit code; at dispose, with -1 if it goes on or
   * the engine cannot tell any more. It never rejects.
   */
  readonly ended: Promise<number>;
}
