import type { ArtifactManifest, ManifestEntry } from '../../artifacts/index.ts';
import { ByteGate, ByteLru } from '../../kernel/index.ts';
import type { LaidOutTar } from './layout-content.ts';
import type { StoredTar } from './stored-tar.ts';

/**
 * What is worth remembering between downloads: what is in tars, laid out archives, checksums of files on disk. What was
 * used longest ago goes first. One for a process.
 */
export interface ContentCache {
  /** At most this many bytes are held, as far as they can be told. */
  readonly maxBytes: number;
  readonly heldBytes: number;
  /** By store, key and version of their objects. */
  readonly manifests: ByteLru<ArtifactManifest | undefined>;
  /** Of tars without a manifest, by store, key and version. */
  readonly tars: ByteLru<StoredTar>;
  /** By what they are made of. */
  readonly layouts: ByteLru<LaidOutTar>;
  /** Manifests that are being read, by the size of their text: each takes several times that until it is checked. */
  readonly reading: ByteGate;
  /** Folders of this machine that are looked through, by number. */
  readonly walking: ByteGate;
  /** What is in memory of folders of this machine for as long as their archives are downloaded. */
  readonly folders: ByteGate;
  /** CRC-32s, by what tells one state of a file from another. */
  readonly checksums: ByteLru<number>;
}

export interface ContentCacheOptions {
  /** @defaultValue 128 MiB */
  readonly maxBytes?: number;
}

// As much as the largest manifest has, so that it is read alone.
const MAX_READING_BYTES = 64 * 1024 * 1024;
// Each has the four threads of the file system busy.
const MAX_WALKS = 2;
// The 250,000 entries of the largest manifest take about 90 MB, and are then read anew each time.
const MAX_BYTES = 128 * 1024 * 1024;

/** Makes an empty cache. */
export function createContentCache({ maxBytes = MAX_BYTES }: ContentCacheOptions = {}): ContentCache {
  const manifests = new ByteLru<ArtifactManifest | undefined>(maxBytes / 4);
  const tars = new ByteLru<StoredTar>(maxBytes / 4);
  const layouts = new ByteLru<LaidOutTar>((maxBytes * 3) / 8);
  const checksums = new ByteLru<number>(maxBytes / 8);
  return {
    maxBytes,
    reading: new ByteGate(MAX_READING_BYTES),
    walking: new ByteGate(MAX_WALKS),
    folders: new ByteGate(2 * maxBytes),
    manifests,
    tars,
    layouts,
    checksums,
    get heldBytes() {
      return manifests.heldBytes + tars.heldBytes + layouts.heldBytes + checksums.heldBytes;
    },
  };
}

// What is beside the path: an object, its numbers, the digest and the media type; 100,000 of them measured in Node 24.
const ENTRY_BYTES = 260;
const LEAST_BYTES = 2000; // a key and some objects, for something with nothing in it

/** About how much memory entries take that name files, with what a layout keeps for each. */
export function entriesSize(entries: readonly Pick<ManifestEntry, 'path' | 'target'>[]): number {
  let size = LEAST_BYTES;
  for (const { path, target } of entries) size += ENTRY_BYTES + path.length + (target?.length ?? 0);
  return size;
}
