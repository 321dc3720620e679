import type { ManifestEntry } from '../../artifacts/index.ts';
import type { ObjectStore, StoredObject } from '../../store/index.ts';

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
