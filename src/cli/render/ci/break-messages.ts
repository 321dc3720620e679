const MESSAGE = Buffer.from('##teamcity[');
const HASH = 0x23;
const SPACE = Buffer.from(' ');

/** How much of a message's beginning is there once `byte` has come behind the first `matched` bytes of it. */
function advance(matched: number, byte: number): number {
  if (byte === MESSAGE[matched]) return matched + 1;
  if (byte !== HASH) return 0;
  return matched === 2 ? 2 : 1;
}

/** How much of a message's beginning a piece ends with; `from` on nothing is matched yet. */
function beginningAtEnd(bytes: Buffer, from: number): number {
  const tail = bytes.subarray(Math.max(from, bytes.length - (MESSAGE.length - 1)));
  return tail.reduce(advance, 0);
}

/**
 * Puts a space before the bracket of `##teamcity[`, also where that comes cut over several pieces: it is no message
 * then. Nothing is held back, so a prompt shows at once.
 */
export function breakMessages(): (bytes: Buffer) => Buffer {
  let matched = 0;
  return (bytes) => {
    const brackets: number[] = [];
    let at = 0;
    for (; matched > 0 && at < bytes.length; at += 1) {
      matched = advance(matched, bytes[at] ?? 0);
      if (matched < MESSAGE.length) continue;
      brackets.push(at);
      matched = 0;
    }
    for (let found = bytes.indexOf(MESSAGE, at); found >= 0; found = bytes.indexOf(MESSAGE, at)) {
      at = found + MESSAGE.length;
      brackets.push(at - 1);
    }
    if (at < bytes.length) matched = beginningAtEnd(bytes, at);
    return brackets.length === 0 ? bytes : withSpaces(bytes, brackets);
  };
}

function withSpaces(bytes: Buffer, places: readonly number[]): Buffer {
  const pieces = places.flatMap((place, i) => [bytes.subarray(places[i - 1] ?? 0, place), SPACE]);
  return Buffer.concat([...pieces, bytes.subarray(places.at(-1) ?? 0)]);
}
