/** Which builder is asked, and as whom. */
export interface BuilderClientOptions {
  /** What `ADMIN_API_URL` is: `http://127.0.0.1:8080/system`. */
  readonly url: string;
  /** `UUID:KEY`, as `AUTH=` of `~/.wskprops` has it. Absent: nobody in particular asks. Never logged. */
  readonly token?: string;
  /** Further attempts of what may be asked again, on 5xx, 429 and network errors. @defaultValue 4 */
  readonly retries?: number;
  /** Of one attempt. @defaultValue 30,000 */
  readonly timeoutMs?: number;
}

/** Of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** What a build is asked for with. */
export interface BuildOrder {
  readonly source: string;
  /** `user:image-tag` */
  readonly target: string;
  readonly kind: string;
  /** The requirement file's text. Absent: nothing is installed. */
  readonly file?: string;
  /** Builds although there is an image of the same request. @defaultValue false */
  readonly force?: boolean;
}

/** `queued` → `running` → one of the others, which are for good. */
export type RemoteState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface RemoteImage {
  /** As it is pulled: `HOST/user:image-tag`. */
  readonly reference: string;
  readonly digest: string;
  readonly sizeBytes?: number;
  /** Of the layers that the build added. */
  readonly addedBytes?: number;
}

/**
 * A build as a server tells of it. Servers of the original's family say of it no more than `id`, `jobName`, `state` and when
 * it started and ended. Moments are ISO 8601.
 */
export interface RemoteBuild {
  readonly id: string;
  readonly jobName: string;
  readonly state: RemoteState;
  readonly user?: string;
  readonly kind?: string;
  readonly source?: string;
  readonly target?: string;
  readonly key?: string;
  /** What a running build does: `prepare`, `build`, `push`, `attest`. */
  readonly phase?: string;
  /** Why it did not succeed, as a word and as a sentence. */
  readonly reason?: string;
  readonly message?: string;
  readonly image?: RemoteImage;
  /** Nothing was built: the image of this earlier build is the same. */
  readonly reusedFrom?: string;
  /** Only what this build's image lacked was installed. */
  readonly extends?: string;
  readonly attempts?: number;
  readonly createdAt?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Whether an SBOM and a provenance statement are attached: `attached`, `failed`, `off`. */
  readonly attestation?: string;
}

/** What `start` answers. */
export interface StartedBuild {
  readonly id: string;
  readonly jobName: string;
  /** Absent: the server says nothing more of it (the original). */
  readonly build?: RemoteBuild;
  /** What the server ignored of the request. */
  readonly warnings: readonly string[];
}

export interface BuildQuery {
  /** From 1. Absent: as many as the server likes. */
  readonly limit?: number;
  readonly states?: readonly RemoteState[];
}

export interface RemotePackage {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly license?: string;
  readonly sizeBytes?: number;
  /** Whether a layer that the build added has it. */
  readonly isAdded: boolean;
}

export interface RemoteLayer {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly isAdded: boolean;
}

/** What is in an image that was built, and how large that is. */
export interface RemoteReport {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly addedBytes: number;
  readonly layers: readonly RemoteLayer[];
  readonly packages: readonly RemotePackage[];
  /** Digests of the manifests of what is attached to the image. */
  readonly attached: { readonly sbom?: string; readonly provenance?: string };
}

/** A public key of a builder. */
export interface RemoteKey {
  /** `sha256:…` of it in DER. */
  readonly id: string;
  readonly pem: string;
}

export interface FollowOptions extends CallOptions {
  /** In bytes, where to begin. @defaultValue 0 */
  readonly start?: number;
  /** Takes what the build printed; the next piece comes when it resolves. */
  readonly onBytes: (bytes: Uint8Array) => Promise<void> | void;
}

/**
 * The API of an image builder, Slipway's or the original's. What may be asked again is asked again; what a server lacks is a
 * `BuilderClientError` with `isUnknownRoute`. Every method throws `BuilderClientError` or `signal.reason`. Connections that are
 * idle keep no program from its end: there is nothing to close.
 */
export interface BuilderClient {
  /** Without a trailing slash. */
  readonly url: string;
  /** Sent once: what was lost on the way may have been taken. */
  start(order: BuildOrder, options?: CallOptions): Promise<StartedBuild>;
  /** What is known of a build now. A build that nobody knows is a `BuilderClientError` with status 404. */
  build(id: string, options?: CallOptions): Promise<RemoteBuild>;
  /** The caller's own, newest first. */
  list(query?: BuildQuery, options?: CallOptions): Promise<readonly RemoteBuild[]>;
  /** Ends it; one that has ended stays as it is. */
  cancel(id: string, options?: CallOptions): Promise<RemoteBuild>;
  /** Where there is none (yet), it is a `BuilderClientError` with status 404 that says why. */
  report(id: string, options?: CallOptions): Promise<RemoteReport>;
  /** What the builder's statements about images are signed with, the key that signs now first. */
  keys(options?: CallOptions): Promise<readonly RemoteKey[]>;
  /** Forgets the caller's builds that ended longer ago; returns how many. */
  cleanUp(maxAgeHours: number, options?: CallOptions): Promise<number>;
  /** The log as far as it is there. Resolves with the position behind it, in bytes. */
  log(id: string, options: FollowOptions): Promise<number>;
  /**
   * The log until the build has ended, and how it ended. A connection that breaks goes on where it was; a server without
   * logs is asked for the state alone.
   */
  follow(id: string, options: FollowOptions): Promise<RemoteBuild>;
}

/** Whether a build has come to its end. */
export const hasEnded = ({ state }: Pick<RemoteBuild, 'state'>): boolean =>
  state !== 'queued' && state !== 'running';
