/** Bytes from `start` up to, not including, `end`; both count from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a store knows of an object without reading it. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** When it came into the store, in milliseconds since the epoch; stores may round to whole seconds. */
  readonly modifiedAt: number;
  /**
   * Names this content in this store: another one means other bytes. Printable ASCII without quotes, and nothing
   * else can be told from it.
   */
  readonly version: string;
  /** Of the whole content, in hex. Absent where the store was not told it and cannot know it without reading all. */
  readonly sha256?: string;
  readonly mediaType?: string;
  /** From this moment on the object is as good as gone, in milliseconds since the epoch. Absent: it stays. */
  readonly expiresAt?: number;
}

export interface PutOptions {
  /** Of the content. A store that is told can reserve the room, and takes nothing shorter or longer. */
  readonly sizeBytes?: number;
  /** In hex. A store that is told keeps it with the object, and takes no other content. */
  readonly sha256?: string;
  readonly mediaType?: string;
  readonly expiresAt?: number;
  /** Throw `EXISTS` where there is an object of that key. @defaultValue false: it is replaced */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal;
}

/** A content that has just been stored: the digest is known whether or not it was told. */
export interface PutResult extends StoredObject {
  readonly sha256: string;
}

export interface OpenOptions {
  /** Absent: all of it. One that reaches beyond the end is cut there; one that begins there or later is empty. */
  readonly range?: ByteRange;
  /** A version: throw `CHANGED` where the object has another one by now. */
  readonly ifVersion?: string;
  readonly signal?: AbortSignal;
}

/**
 * An object that is open for reading. Iterate it once; dispose it in any case, also when it was never iterated.
 *
 * **Chunks are borrowed.** A chunk is valid until the next one is asked for: the store reads into the same memory
 * again. Write it out, or copy it, before going on. `owned()` copies for readers that keep them.
 */
export interface ObjectContent extends AsyncDisposable, AsyncIterable<Uint8Array> {
  readonly object: StoredObject;
  /** What is read, cut to the object. */
  readonly range: ByteRange;
}

export interface ListOptions {
  /** Only keys that begin with it, whether or not it ends at a `/`. */
  readonly prefix?: string;
  /** Only keys that come after it. */
  readonly after?: string;
  /** From 1 to 1000. @defaultValue 1000 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface ObjectPage {
  /** By key, in the order of its UTF-8 bytes. */
  readonly objects: readonly StoredObject[];
  /** Give it as `after` to get the next page. Absent: this was the last one. A page may be short, or empty, before that. */
  readonly next?: string;
}

/**
 * Named objects: bytes under a key, written at once and read in pieces. Four implementations pass one suite of tests
 * (`contract.ts`): a folder, the S3 API, OCI Object Storage, memory.
 *
 * A key is 1 to 900 bytes of UTF-8 in parts joined by `/`; no part is empty, `.` or `..`, longer than 255 bytes, or
 * holds a control character, and the first one is not `.slipway`. Anything else throws `INVALID_KEY`. A store may refuse
 * (`CONFLICT`) a key below another object's key.
 *
 * All calls may be made at the same time, and repeated. Absence is `undefined`, never an error. An object whose
 * `expiresAt` has passed is absent, except that a listing may still name it. Every call throws `StoreError` and nothing
 * else for what a store can do, and `signal.reason` where its signal aborts. Messages name no credentials and no query.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Where it is, for messages: `the folder /srv/x`, `s3://bucket`. */
  readonly name: string;
  /**
   * Stores all of the content, or nothing: before the promise resolves nobody sees any of it, and after that it
   * survives a crash. Where two write one key, one of them is there afterwards, whole. Where it throws, the object that
   * was there before is untouched. Chunks of the content may be borrowed.
   */
  put(key: string, content: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutResult>;
  head(key: string, options?: { readonly signal?: AbortSignal }): Promise<StoredObject | undefined>;
  /**
   * Opens an object. What is read belongs to the version that was opened, also while another one takes its place. Reading
   * throws `TRUNCATED` where the store gives less than it promised.
   */
  open(key: string, options?: OpenOptions): Promise<ObjectContent | undefined>;
  /**
   * May miss, or name, what is stored or removed meanwhile; everything else exactly once over all pages. Leaves out of an
   * object's facts what would take a call for each: `sha256`, `mediaType`, `expiresAt`.
   */
  list(options?: ListOptions): Promise<ObjectPage>;
  /** Returns whether there was one, which an expired one is not; it is removed all the same. What is open for reading stays readable, where the store can do that. */
  remove(key: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>;
  /** Removes the objects under a prefix that have expired by `now`, and returns their keys. */
  removeExpired(options: {
    readonly prefix?: string;
    readonly now: number;
    readonly signal?: AbortSignal;
  }): Promise<readonly string[]>;
}
