import type { DownloadContent } from '../content.ts';
import type { ContentCache } from './content-cache.ts';
import type { ArchiveFormat } from './layout-content.ts';

export interface OpenFolderArchiveOptions {
  /** Absolute, without links on the way: whoever asks has found it to be below a root. */
  readonly folder: string;
  readonly format: ArchiveFormat;
  /** What the archive's top folder is called, and with the format's ending the file. @defaultValue the folder's name */
  readonly name?: string;
  readonly cache: ContentCache;
  readonly signal?: AbortSignal;
}

/**
 * Opens a folder of this machine as an archive that is made while it is read. Links in it are archived as links. For zip
 * and tar.gz every file is read once before, and its checksum remembered in the cache. `undefined` where it is no folder.
 * Reading throws `StoreError`: `CHANGED` where a file is not what it was, `TRUNCATED` where it ends too early.
 */
export function openArchiveOfFolder(
  _options: OpenFolderArchiveOptions,
): Promise<DownloadContent | undefined> {
  throw new Error('not there yet');
}
