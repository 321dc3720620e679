const BLOCK_BYTES = 64 * 1024;
const PLAIN = 0x8000_0000;

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** A frame of LZ4 in which nothing is compressed: what `lz4` makes of noise. */
export function lz4Stored(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    blocks.push(number(PLAIN | block.length), block);
  }
  const header = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
  return Buffer.concat([header, ...blocks, number(0)]);
}
