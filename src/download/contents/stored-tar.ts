import type { ManifestEntry } from '../../artifacts/index.ts';
import {
  type ByteRange,
  type ObjectContent,
  type ObjectStore,
  type StoredObject,
  StoreError,
} from '../../store/index.ts';

/** A tar in a store and what is in it. An `ArtifactManifest` that has entries fits. */
export interface StoredTar {
  readonly key: string;
  readonly sizeBytes: number;
  /** In hex. */
  readonly sha256: string;
  /** `output.tar`. */
  readonly fileName: string;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly entries: readonly ManifestEntry[];
}

/** Where something of a stored tar is read from. */
export interface TarSource {
  readonly store: ObjectStore;
  readonly tar: StoredTar;
  /** What `store.head` said of it just now. Absent: it is asked. */
  readonly object?: StoredObject;
  readonly signal?: AbortSignal;
}

/**
 * The version of the object that a tar's description is about; `undefined` where there is none. Throws `CHANGED` where
 * another content has taken its place, and what `head` throws.
 */
export async function pinTar({ store, tar, object, signal }: TarSource): Promise<StoredObject | undefined> {
  const found = object ?? (await store.head(tar.key, signal === undefined ? {} : { signal }));
  if (found === undefined) return undefined;
  const isSame = found.sizeBytes === tar.sizeBytes && (found.sha256 ?? tar.sha256) === tar.sha256;
  if (isSame) return found;
  throw new StoreError(
    'CHANGED',
    `${tar.key} in ${store.name} is not what is known of it: expected ${describe(tar)}, found ${describe(found)}`,
  );
}

const describe = ({ sizeBytes, sha256 }: Pick<StoredObject, 'sizeBytes' | 'sha256'>): string =>
  `${sizeBytes} bytes${sha256 === undefined ? '' : ` with the digest ${sha256}`}`;

/** Opens a range of exactly the version that was pinned. Throws `CHANGED` also where it is gone by now. */
export async function openPinned(
  store: ObjectStore,
  object: StoredObject,
  range: ByteRange,
  signal: AbortSignal,
): Promise<ObjectContent> {
  const content = await store.open(object.key, { range, ifVersion: object.version, signal });
  if (content !== undefined) return content;
  throw new StoreError('CHANGED', `${object.key} in ${store.name} was removed while it was read`);
}
