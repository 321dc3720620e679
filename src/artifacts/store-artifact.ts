import type { ObjectStore } from '../store/index.ts';
import type { ArtifactManifest } from './manifest.ts';
import type { ContentFacts } from './tar-index.ts';

export interface StoreArtifactOptions {
  readonly store: ObjectStore;
  /** Where it goes; its manifest goes beside it. */
  readonly key: string;
  readonly runId: string;
  /** Unique in the run. */
  readonly name: string;
  /** What a download of it is called. */
  readonly fileName: string;
  readonly content: ArtifactContent;
  /** Whether the content is a tar, whose entries go into the manifest. */
  readonly format: 'tar' | 'other';
  /** @defaultValue what the ending of `fileName` says */
  readonly mediaType?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Masks secrets in names of files and targets of links. */
  readonly redact?: (text: string) => string;
  readonly signal?: AbortSignal;
}

export type ArtifactContent =
  /** A file on this machine. `facts`: what is known of it from having read it before. */
  | { readonly file: string; readonly facts?: ContentFacts }
  /** Chunks may be borrowed. */
  | { readonly stream: AsyncIterable<Uint8Array> };

/**
 * Stores an artifact, and after it its manifest: where there is a manifest, the artifact is complete. A tar is indexed on
 * the way. Where it throws there is no manifest; repeating it is safe. Throws `StoreError`, `ArtifactError` (`UNSAFE`,
 * `CORRUPT`: the content is no sound tar), and `signal.reason`.
 */
export function storeArtifact(options: StoreArtifactOptions): Promise<ArtifactManifest> {
  throw new Error(`not there yet: ${options.key}`);
}
