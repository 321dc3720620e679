const MESSAGE = Buffer.from('##teamcity[');
const HASH = 0x23;
const SPACE = Buffer.from(' ');

/** How much of a message's beginning is there once `byte` has come behind the first `matched` bytes of it. */
function advance(matched: number, byte: number): number {
  if (byte === MESSAGE[matched]) return matched + 1;
  if (byte !== HASH) return 0;
  return matched === 2 ? 2 : 1;
}

/**
 * Puts a space before the bracket of `##teamcity[`, also where that comes cut over several pieces: it is no message
 * then. Nothing is held back, so a prompt shows at once.
 */
export function breakMessages(): (bytes: Buffer) => Buffer {
  let matched = 0;
  return (bytes) => {
    if (matched === 0 && !bytes.includes('##')) {
      matched = bytes.at(-1) === HASH ? 1 : 0;
      return bytes;
    }
    const pieces: Buffer[] = [];
    let from = 0;
    for (const [at, byte] of bytes.entries()) {
      matched = advance(matched, byte);
      if (matched < MESSAGE.length) continue;
      pieces.push(bytes.subarray(from, at), SPACE);
      from = at;
      matched = 0;
    }
    return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)]);
  };
}
