import { ArchiveError } from './error.ts';

const MIN_MATCH = 4;
const LONG = 15;

/**
 * Decompresses one block of LZ4 into `output` from `start` on; matches may reach back to `floor`. Says where it ended.
 * Throws `CORRUPT`, also where the block wants more room than there is.
 */
export function decodeLz4Block(
  block: Buffer,
  output: Buffer,
  { start, floor }: { readonly start: number; readonly floor: number },
): number {
  let to = start;
  let at = 0;
  const byte = (): number => {
    const value = block[at];
    if (value === undefined) throw corrupt();
    at += 1;
    return value;
  };
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble < LONG) return total;
    for (let more = 255; more === 255; ) {
      more = byte();
      total += more;
    }
    return total;
  };
  while (at < block.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (at + literals > block.length || to + literals > output.length) throw corrupt();
    block.copy(output, to, at, at + literals);
    at += literals;
    to += literals;
    // The last sequence is literals alone.
    if (at === block.length) return to;
    const offset = byte() | (byte() << 8);
    const matched = length(token & 0x0f) + MIN_MATCH;
    if (offset === 0 || to - offset < floor || to + matched > output.length) throw corrupt();
    to = copyMatch(output, { to, offset, matched });
  }
  throw corrupt();
}

// Below this, a loop is quicker than a call.
const SHORT = 32;

/** What is copied may be a part of what it makes: then it repeats itself. */
function copyMatch(
  output: Buffer,
  { to, offset, matched }: { readonly to: number; readonly offset: number; readonly matched: number },
): number {
  const from = to - offset;
  const end = to + matched;
  if (matched <= SHORT) {
    for (let at = 0; at < matched; at += 1) output[to + at] = output[from + at] ?? 0;
    return end;
  }
  // All that is there from `from` on repeats itself, so each copy can be as long as that.
  for (let at = to; at < end; ) {
    const size = Math.min(at - from, end - at);
    output.copyWithin(at, from, from + size);
    at += size;
  }
  return end;
}

export const corrupt = (): ArchiveError =>
  new ArchiveError('CORRUPT', 'The archive is damaged: its LZ4 makes no sense');
