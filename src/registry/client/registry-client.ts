/** A login for a registry. Never logged. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** A manifest as the registry has it. */
export interface RegistryManifest {
  /** `sha256:…` of `bytes`, checked. */
  readonly digest: string;
  readonly mediaType: string;
  /** Exactly as it is; at most 4 MiB. */
  readonly bytes: Buffer;
}

/** What names bytes in a manifest. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * An OCI distribution registry over HTTP. Reads are retried where a connection breaks or the registry is busy, writes where
 * repeating them is safe; answers are bounded in size and time, and every digest is checked. Failures are `RegistryError`.
 * Tokens are fetched as the registry asks for, and kept while they hold. See `docs/contracts/registry.md`.
 */
export interface RegistryClient extends AsyncDisposable {
  /** `HOST[:PORT]` */
  readonly host: string;
  /** Whether it answers and takes the credentials. Throws otherwise. */
  ping(options?: CallOptions): Promise<void>;
  /** All repositories, page by page. A repository stays listed after its last image was deleted. */
  catalog(options?: CallOptions): AsyncIterable<string>;
  /** Tags of a repository; none where it has none, `undefined` where there is no such repository. */
  tags(repository: string, options?: CallOptions): Promise<readonly string[] | undefined>;
  /** By tag or digest; an index stays an index. `undefined`: there is none. */
  manifest(
    repository: string,
    reference: string,
    options?: CallOptions,
  ): Promise<RegistryManifest | undefined>;
  /** Only the digest, with one HEAD. `undefined`: there is none. */
  findDigest(repository: string, reference: string, options?: CallOptions): Promise<string | undefined>;
  /** Stores a manifest under a tag, or under its own digest where there is none; returns its digest. May be repeated. */
  putManifest(
    repository: string,
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array; readonly tag?: string },
    options?: CallOptions,
  ): Promise<string>;
  /** Deletes a manifest by digest, and with it every tag of it. `false`: it was not there. `DELETE_DISABLED` where the registry does not let anybody. */
  deleteManifest(repository: string, digest: string, options?: CallOptions): Promise<boolean>;
  hasBlob(repository: string, digest: string, options?: CallOptions): Promise<boolean>;
  /** A blob's bytes as they come; ends with an error where the digest is another. The caller reads it to its end or calls `return()`. */
  readBlob(
    repository: string,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    options?: CallOptions,
  ): AsyncIterable<Buffer>;
  /** Uploads bytes whose digest is known, unless they are there; takes them from `mountFrom` where that repository has them. May be repeated. */
  putBlob(
    repository: string,
    blob: {
      readonly digest: string;
      readonly size: number;
      /** Called once for each attempt. */
      readonly open: () => AsyncIterable<Uint8Array>;
      readonly mountFrom?: string;
    },
    options?: CallOptions,
  ): Promise<void>;
  /** What says that it belongs to a manifest: by the registry's own route, or by the tag `sha256-…` where it has none. */
  referrers(
    repository: string,
    digest: string,
    options?: CallOptions & { readonly artifactType?: string },
  ): Promise<readonly Descriptor[]>;
  /**
   * Stores an artifact manifest that belongs to `subject`, so that `referrers` finds it; one of the same type and content is
   * not stored twice. Returns its digest.
   */
  attach(
    repository: string,
    artifact: {
      readonly subject: Descriptor;
      readonly artifactType: string;
      /** Its one layer. */
      readonly mediaType: string;
      readonly bytes: Uint8Array;
      readonly annotations?: Readonly<Record<string, string>>;
    },
    options?: CallOptions,
  ): Promise<string>;
}
