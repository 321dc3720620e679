import type { DownloadContent } from '../content.ts';
import type { TarSource } from './stored-tar.ts';

export interface OpenTarEntryOptions extends TarSource {
  /** Relative to the artifact, as the manifest has it; slashes at its ends do not count. Empty: the artifact itself. */
  readonly path: string;
}

/** What is at a path in an artifact. */
export type OpenedTarEntry =
  | { readonly type: 'file'; readonly content: DownloadContent }
  /** `path`: where it is after following links; empty for the artifact itself. */
  | { readonly type: 'folder'; readonly path: string };

/**
 * Opens one file of a stored tar: a range of the stored object. Links are followed inside of the artifact and never out of
 * it. `undefined` where there is nothing at that path, or the tar itself is gone. Throws `StoreError`: `CHANGED` where
 * the stored object is not the tar that was described.
 */
export function openTarEntry(_options: OpenTarEntryOptions): Promise<OpenedTarEntry | undefined> {
  throw new Error('not there yet');
}
