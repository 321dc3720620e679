import type { ObjectName } from '../ostree/object-name.ts';
import type { ListedObject, OpenObjectOptions, RemoveObjectsOptions, StoredBytes } from './repository.ts';

/** An object that is in a file of a staging, whole and checked. */
export interface StagedObject {
  readonly name: ObjectName;
  readonly path: string;
  readonly sizeBytes: number;
  /** When it came, in milliseconds since the epoch. Absent: its file says it. */
  readonly modifiedAt?: number;
}

export interface Placed {
  readonly newObjects: number;
  readonly newBytes: number;
}

/**
 * Where the objects of a repository are: its folder, or a store. Both pass one suite of tests. All calls may be made at the
 * same time, and repeated; absence is `undefined`. Throws `CacheError`.
 */
export interface ObjectArea extends AsyncDisposable {
  sizeOf(name: ObjectName): Promise<number | undefined>;
  missingOf(names: readonly ObjectName[]): Promise<readonly ObjectName[]>;
  open(name: ObjectName, options?: OpenObjectOptions): Promise<StoredBytes | undefined>;
  /** All of an object; `TOO_LARGE` where that is more than `maxBytes`. */
  read(name: ObjectName, maxBytes: number): Promise<Uint8Array | undefined>;
  /**
   * Makes files objects. What is there already stays as it is; the files stay as well. When it resolves everybody sees them,
   * and they survive a crash.
   */
  place(objects: readonly StagedObject[]): Promise<Placed>;
  list(): AsyncIterable<ListedObject>;
  /** Gives how many went. One that is renewed meanwhile is looked at in the moment before it would go. */
  remove(names: readonly ObjectName[], options?: RemoveObjectsOptions): Promise<number>;
  /** Sets when objects were modified to now, of those that are there and were modified minutes ago. */
  renew(names: readonly ObjectName[]): Promise<void>;
  /** Sets when it was modified to now, where it is there and that is more than a minute ago. */
  touch(name: ObjectName): Promise<void>;
}
