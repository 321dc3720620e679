import type { Layout } from '../../archive/index.ts';
import type { DownloadContent } from '../content.ts';
import type { ContentCache } from './content-cache.ts';
import type { TarSource } from './stored-tar.ts';

export type ArchiveFormat = Layout['format'];

export interface OpenArchiveOptions extends TarSource {
  readonly format: ArchiveFormat;
  /** Only this folder of the artifact, as the manifest has it. Absent or empty: all of it. */
  readonly folder?: string;
  /**
   * What the archive's top folder is called, and with the format's ending the file.
   * @defaultValue the folder's own name, else the tar's file name without its ending
   */
  readonly name?: string;
  readonly cache: ContentCache;
}

/**
 * Opens an artifact, or a folder in it, as an archive that is made while it is read; nothing is written to a disk.
 * `undefined` where the artifact has no such folder, or the tar itself is gone. Throws `StoreError`: `CHANGED` where the
 * stored object is not the tar that was described; `ArchiveError`: `UNSAFE_ENTRY` where its entries make no archive.
 */
export function openArchiveOf(_options: OpenArchiveOptions): Promise<DownloadContent | undefined> {
  throw new Error('not there yet');
}
