import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ArchiveError } from '../../archive/index.ts';
import { errorCode } from '../../kernel/index.ts';

const CHUNK_BYTES = 128 * 1024;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** How large what is unpacked may be, and how much larger than what it is unpacked from. */
export interface UnpackLimits {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

// A little that is all the same packs to next to nothing, and harms nobody.
const FREE_BYTES = 64 * 1024 * 1024;

/**
 * The tar in a layer. What it is packed with is seen from its first bytes: names of types are wrong often enough. Throws
 * `ArchiveError` `CORRUPT` and `LIMIT`.
 */
export async function* unpackLayer(
  layer: AsyncIterable<Buffer>,
  { maxBytes, maxRatio }: UnpackLimits,
): AsyncGenerator<Buffer, void, undefined> {
  let packedBytes = 0;
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of layer) {
      packedBytes += chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of unpacked(counted())) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ArchiveError('LIMIT', `it has more than ${maxBytes} bytes when unpacked`);
    if (bytes > FREE_BYTES && bytes > packedBytes * maxRatio)
      throw new ArchiveError('LIMIT', `it is more than ${maxRatio} times as large when unpacked`);
    yield chunk;
  }
}

async function* unpacked(layer: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const head = await takeHead(layer);
  const all = async function* (): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* layer;
  };
  if (head.subarray(0, 2).equals(GZIP)) yield* through(all(), createGunzip({ chunkSize: CHUNK_BYTES }));
  else if (head.subarray(0, 4).equals(ZSTD))
    yield* through(all(), createZstdDecompress({ chunkSize: CHUNK_BYTES }));
  else yield* all();
}

async function takeHead(layer: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < ZSTD.length) {
    const next = await layer.next();
    if (next.done === true) return head;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

type Unpacking = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

async function* through(packed: AsyncIterable<Buffer>, unpacking: Unpacking): AsyncGenerator<Buffer> {
  let trouble: unknown; // of what is read, not of what it is packed with
  const watched = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* packed;
    } catch (error) {
      trouble = error;
      throw error;
    }
  };
  const feeding = pipeline(watched(), unpacking).catch(() => undefined); // also comes out below
  try {
    yield* unpacking;
  } catch (cause) {
    if (trouble !== undefined) throw trouble;
    if (!/^(?:Z_|ZSTD_|ERR_ZSTD)/.test(errorCode(cause) ?? '')) throw cause;
    throw new ArchiveError('CORRUPT', 'what it is packed with is damaged', { cause });
  } finally {
    unpacking.destroy();
    await feeding;
  }
}
