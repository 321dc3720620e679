import type { DownloadContent } from '../../content.ts';

interface LentContent extends DownloadContent {
  readonly bytes: Buffer;
  /** Ranges that are being read now. */
  readonly openReads: () => number;
  /** How often reading began. */
  readonly reads: () => number;
}

interface LentContentOptions extends Partial<DownloadContent> {
  readonly chunkBytes?: number;
}

const CHUNK_BYTES = 1000;

/**
 * A content in memory that lends its chunks as a file does: what was lent is overwritten as soon as the next is asked
 * for, or the reading ends.
 */
export function lentContent(bytes: Buffer, options: LentContentOptions = {}): LentContent {
  const { chunkBytes = CHUNK_BYTES, ...more } = options;
  let openReads = 0;
  let reads = 0;
  return {
    bytes,
    openReads: () => openReads,
    reads: () => reads,
    sizeBytes: bytes.length,
    etag: 'tag-1',
    mediaType: 'application/x-tar',
    fileName: 'output.tar',
    async *read({ start, end }, signal) {
      const memory = Buffer.alloc(chunkBytes);
      openReads += 1;
      reads += 1;
      try {
        for (let at = start; at < end; at += chunkBytes) {
          signal.throwIfAborted();
          const size = bytes.copy(memory, 0, at, Math.min(end, at + chunkBytes));
          yield memory.subarray(0, size);
          memory.fill('!');
        }
      } finally {
        openReads -= 1;
      }
    },
    async [Symbol.asyncDispose]() {},
    ...more,
  };
}

/** A content of which `read` is told. */
export const readContent = (sizeBytes: number, read: DownloadContent['read']): DownloadContent => ({
  ...lentContent(Buffer.alloc(0)),
  sizeBytes,
  read,
});

/** Bytes in which no two places look alike for long. */
export function patternBytes(sizeBytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0; i < words.length; i += 1) words[i] = Math.imul(i + 1, 2_654_435_761);
  return Buffer.from(words.buffer, 0, sizeBytes);
}
