import { compressBlock, MAX_BLOCK_BYTES } from './snappy-block.ts';

const START = Buffer.from([0xff, 6, 0, 0, ...Buffer.from('sNaPpY')]);
const COMPRESSED = 0x00;
const PLAIN = 0x01;

/** Compresses bytes into the snappy framing format (`.sz`), block by block. */
export async function* snappyFrames(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  yield START;
  for await (const block of blocks(stream)) yield frame(block);
}

/** The same bytes in pieces of one block each; the last one may be shorter. */
async function* blocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let held = Buffer.alloc(0);
  for await (const piece of stream) {
    held = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, piece]);
    let at = 0;
    for (; held.length - at >= MAX_BLOCK_BYTES; at += MAX_BLOCK_BYTES) {
      yield held.subarray(at, at + MAX_BLOCK_BYTES);
    }
    held = held.subarray(at);
  }
  if (held.length > 0) yield held;
}

/** A block that does not become smaller stays as it is. */
function frame(block: Buffer): Buffer {
  const compressed = compressBlock(block);
  const isSmaller = compressed.length < block.length;
  const content = isSmaller ? compressed : block;
  const header = Buffer.alloc(8);
  header.writeUInt32LE((isSmaller ? COMPRESSED : PLAIN) | (((content.length + 4) << 8) >>> 0), 0);
  header.writeUInt32LE(maskedChecksum(block), 4);
  return Buffer.concat([header, content]);
}

/** CRC-32C by byte. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** Of the bytes before they were compressed, turned so that it is no checksum of data with checksums in it. */
function maskedChecksum(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
