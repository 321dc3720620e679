/** Takes snappy frames apart, as the description of the format has it. Checksums are not compared. */
export function unsnappy(frames: Buffer): Buffer {
  if (frames.toString('latin1', 0, 10) !== '\u00ff\u0006\0\0sNaPpY') throw new Error('no snappy frames');
  const blocks: Buffer[] = [];
  for (let at = 10; at < frames.length; ) {
    const length = frames.readUIntLE(at + 1, 3);
    const content = frames.subarray(at + 8, at + 4 + length);
    blocks.push(frames[at] === 0 ? readBlock(content) : content);
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function readLength(block: Buffer): { length: number; at: number } {
  let length = 0;
  let at = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    length |= ((block[at] ?? 0) & 0x7f) << shift;
    if ((block[at] ?? 0) < 0x80) return { length, at: at + 1 };
  }
}

function readBlock(block: Buffer): Buffer {
  const start = readLength(block);
  const output = Buffer.alloc(start.length);
  let used = 0;
  for (let at = start.at; at < block.length; ) {
    const tag = block[at] ?? 0;
    at += 1;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const count = (extra === 0 ? tag >> 2 : block.readUIntLE(at, extra)) + 1;
      used += block.copy(output, used, at + extra, at + extra + count);
      at += extra + count;
    } else {
      const isShort = (tag & 3) === 1;
      const count = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
      const offset = isShort ? ((tag >> 5) << 8) | (block[at] ?? 0) : block.readUInt16LE(at);
      at += isShort ? 1 : 2;
      for (const end = used + count; used < end; used += 1) output[used] = output[used - offset] ?? 0;
    }
  }
  if (used !== start.length) throw new Error(`a block of ${start.length} bytes has ${used}`);
  return output;
}
