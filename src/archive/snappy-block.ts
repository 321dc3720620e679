/** The most that one block of the framing format holds. */
export const MAX_BLOCK_BYTES = 65_536;

const HASH_BITS = 14;
const MARGIN = 15; // matches are looked for up to here from the end, so that four bytes can always be read

/** One block in the snappy format: at most `MAX_BLOCK_BYTES`. */
export function compressBlock(input: Buffer): Buffer {
  const output = createBlockOutput(input);
  if (input.length > MARGIN) findMatches(input, output);
  return output.finish();
}

interface BlockOutput {
  /** Input from where the last call ended up to `to` as it is. */
  literal(to: number): void;
  /** The next `length` bytes are those that stand `offset` bytes before. */
  copy(offset: number, length: number): void;
  finish(): Buffer;
}

/**
 * Looks for four bytes that were there before, and for how long they go on. Where nothing is found for a while it looks
 * at fewer places: what is compressed already passes quickly.
 */
function findMatches(input: Buffer, output: BlockOutput): void {
  const seen = new Uint16Array(1 << HASH_BITS);
  const last = input.length - MARGIN;
  let misses = 32;
  for (let at = 1; at <= last; ) {
    const word = input.readUInt32LE(at);
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const before = seen[slot] ?? 0;
    seen[slot] = at;
    if (before < at && input.readUInt32LE(before) === word) {
      const length = matchLength(input, before, at);
      output.literal(at);
      output.copy(at - before, length);
      at += length;
      misses = 32;
    } else {
      at += misses >> 5;
      misses += 1;
    }
  }
}

function matchLength(input: Buffer, before: number, at: number): number {
  let length = 4;
  while (at + length < input.length && input[before + length] === input[at + length]) length += 1;
  return length;
}

function createBlockOutput(input: Buffer): BlockOutput {
  // At worst every literal of 60 bytes has a byte before it; copies are never longer than what they stand for.
  const output = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6));
  let done = 0;
  let used = writeLength(output, input.length);
  const byte = (value: number): void => {
    output[used] = value;
    used += 1;
  };
  const literal = (to: number): void => {
    const length = to - done;
    if (length === 0) return;
    const stored = length - 1;
    const extra = stored < 60 ? 0 : stored < 256 ? 1 : 2; // bytes of the length behind the tag
    byte(extra === 0 ? stored << 2 : (59 + extra) << 2);
    for (let i = 0; i < extra; i += 1) byte((stored >> (8 * i)) & 0xff);
    used += input.copy(output, used, done, to);
    done = to;
  };
  const copyPiece = (offset: number, length: number): void => {
    if (length < 12 && length > 3 && offset < 2048) {
      byte(1 | ((length - 4) << 2) | ((offset >> 8) << 5));
      byte(offset & 0xff);
    } else {
      byte(2 | ((length - 1) << 2));
      byte(offset & 0xff);
      byte(offset >> 8);
    }
  };
  return {
    literal,
    copy(offset, length) {
      done += length;
      for (let left = length; left > 0; ) {
        const piece = Math.min(left, 64);
        copyPiece(offset, piece);
        left -= piece;
      }
    },
    finish() {
      literal(input.length);
      return output.subarray(0, used);
    },
  };
}

/** The length before everything else, seven bits to a byte. */
function writeLength(output: Buffer, length: number): number {
  let at = 0;
  let left = length;
  for (; left >= 0x80; left >>>= 7) {
    output[at] = (left & 0x7f) | 0x80;
    at += 1;
  }
  output[at] = left;
  return at + 1;
}
