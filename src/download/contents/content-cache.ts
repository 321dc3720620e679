/**
 * What is worth remembering between downloads: laid out archives, indexes of tars, checksums of files on disk. What was
 * used longest ago goes first. One for a process.
 */
export interface ContentCache {
  /** At most this many bytes are held, as far as they can be told. */
  readonly maxBytes: number;
}

export interface ContentCacheOptions {
  /** @defaultValue 64 MiB */
  readonly maxBytes?: number;
}

export function createContentCache(_options: ContentCacheOptions = {}): ContentCache {
  throw new Error('not there yet');
}
