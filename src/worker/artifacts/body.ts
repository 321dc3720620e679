import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { transformed } from '../transformed.ts';
import { SpillBuffer } from './spill-buffer.ts';
import type { ArtifactUpload } from './upload-artifact.ts';

/** What is sent of an artifact, as often as it takes. */
export interface ArtifactBody extends AsyncDisposable {
  /** Of one attempt. */
  readonly sentBytes: number;
  readonly contentEncoding?: 'gzip';
  open(): Promise<AsyncIterable<Uint8Array>>;
  /** Of the bytes before compression, once an attempt was read to its end. */
  facts(): { readonly sizeBytes: number; readonly sha256: string };
}

/** What is kept in memory of one artifact; larger ones are sent as they come, or kept in a file. */
const MEMORY_BYTES = 1024 * 1024;

interface Options {
  /** For what does not fit into memory. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Reads what has to be known before the first attempt: stores want to be told how much comes. What is large, not to be
 * compressed and of a known size is not kept at all.
 */
export async function openBody(upload: ArtifactUpload, options: Options): Promise<ArtifactBody> {
  const { gzip, sizeBytes } = upload;
  if (!gzip && sizeBytes !== undefined && sizeBytes > MEMORY_BYTES) return streamedBody(upload, sizeBytes);
  return await keptBody(upload, options);
}

async function keptBody(upload: ArtifactUpload, { folder, signal }: Options): Promise<ArtifactBody> {
  const path = join(folder, `upload-${randomUUID()}`);
  const kept = new SpillBuffer(path, MEMORY_BYTES);
  try {
    const tap = createTap();
    const source = tap.pass(await upload.open());
    const bytes = upload.gzip ? transformed(source, createGzip()) : source;
    for await (const piece of bytes) {
      signal.throwIfAborted();
      await kept.add(piece);
    }
    await kept.close();
    return {
      sentBytes: kept.sizeBytes,
      ...(upload.gzip && { contentEncoding: 'gzip' }),
      open: async () => kept.inMemory ?? createReadStream(path),
      facts: tap.facts,
      [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
    };
  } catch (error) {
    await kept[Symbol.asyncDispose]();
    throw error;
  }
}

function streamedBody(upload: ArtifactUpload, sizeBytes: number): ArtifactBody {
  let tap = createTap();
  return {
    sentBytes: sizeBytes,
    open: async () => {
      tap = createTap();
      return tap.pass(await upload.open());
    },
    facts: () => tap.facts(),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Looks at bytes that go by. */
function createTap() {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let sha256: string | undefined;
  return {
    async *pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
      for await (const bytes of source) {
        hash.update(bytes);
        sizeBytes += bytes.length;
        yield bytes;
      }
      sha256 = hash.digest('hex');
    },
    facts(): { sizeBytes: number; sha256: string } {
      if (sha256 === undefined) throw new Error('an artifact was not read to its end');
      return { sizeBytes, sha256 };
    },
  };
}
