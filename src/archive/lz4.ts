import { type ByteReader, createByteReader } from './byte-reader.ts';
import { ArchiveError } from './error.ts';
import { corrupt, decodeLz4Block } from './lz4-block.ts';

const FRAME = 0x184d2204;
/** The last digit is free. */
const SKIPPABLE = 0x184d2a50;
const WINDOW_BYTES = 64 * 1024;
const BLOCK_BYTES: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};
const PLAIN = 0x8000_0000;

interface FrameHeader {
  readonly blockBytes: number;
  readonly hasBlockChecksums: boolean;
  readonly hasChecksum: boolean;
}

/**
 * The content of a stream of LZ4 frames. Checksums are passed over: what is in there has one of its own, or is looked at
 * otherwise. Throws `CORRUPT` when it is none, is damaged, or is cut off.
 */
export async function* unlz4(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const iterator = stream[Symbol.asyncIterator]();
  const reader = createByteReader(iterator, { maxBytes: Number.POSITIVE_INFINITY });
  try {
    let frames = 0;
    for (; reader.available > 0 || (await reader.fill(1)); frames += 1) {
      const magic = await readNumber(reader);
      if (magic === FRAME) yield* readFrame(reader);
      else if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE) await skip(reader, await readNumber(reader));
      else throw corrupt();
    }
    if (frames === 0) throw corrupt();
  } finally {
    await iterator.return?.();
  }
}

async function* readFrame(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
  const { blockBytes, hasBlockChecksums, hasChecksum } = await readHeader(reader);
  // Matches reach back over the end of a block: before the block is what came before it.
  const room = Buffer.allocUnsafe(WINDOW_BYTES + blockBytes);
  let floor = WINDOW_BYTES;
  for (let size = await readNumber(reader); size !== 0; size = await readNumber(reader)) {
    const sizeBytes = (size & ~PLAIN) >>> 0;
    if (sizeBytes > blockBytes) throw corrupt();
    const block = await take(reader, sizeBytes);
    const end =
      size >= PLAIN
        ? WINDOW_BYTES + block.copy(room, WINDOW_BYTES)
        : decodeLz4Block(block, room, { start: WINDOW_BYTES, floor });
    yield Buffer.from(room.subarray(WINDOW_BYTES, end));
    room.copyWithin(0, end - WINDOW_BYTES, end);
    floor = Math.max(0, floor - (end - WINDOW_BYTES));
    if (hasBlockChecksums) await skip(reader, 4);
  }
  if (hasChecksum) await skip(reader, 4);
}

async function readHeader(reader: ByteReader): Promise<FrameHeader> {
  const [flags = 0, block = 0] = await take(reader, 2);
  const blockBytes = BLOCK_BYTES[(block >> 4) & 7];
  const isVersion1 = flags >> 6 === 1;
  if (blockBytes === undefined || !isVersion1) throw corrupt();
  if ((flags & 1) !== 0)
    throw new ArchiveError('CORRUPT', 'The archive needs a dictionary of LZ4 that nobody has');
  const hasSize = (flags & 8) !== 0;
  await skip(reader, (hasSize ? 8 : 0) + 1); // and a checksum of the header
  return { blockBytes, hasBlockChecksums: (flags & 16) !== 0, hasChecksum: (flags & 4) !== 0 };
}

async function take(reader: ByteReader, count: number): Promise<Buffer> {
  if (!(await reader.fill(count))) throw cutOff();
  return reader.take(count);
}

async function readNumber(reader: ByteReader): Promise<number> {
  return (await take(reader, 4)).readUInt32LE();
}

async function skip(reader: ByteReader, count: number): Promise<void> {
  if (!(await reader.skip(count))) throw cutOff();
}

const cutOff = (): ArchiveError =>
  new ArchiveError('CORRUPT', 'The archive is not complete: its LZ4 ends too early');
