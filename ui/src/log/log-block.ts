import { styleAfter } from './escapes.ts';
import type { TextStyle } from './text-style.ts';

const NEWLINE = 10;
const ESC = 27;

/** A piece of a log of which is known where its lines are, also when its bytes are not kept. */
export interface Block {
  readonly start: number;
  length: number;
  /** Absent: dropped, to be asked for again. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Line breaks before it: the number, from 0, of the line that its first byte belongs to. */
  readonly breaksBefore: number;
  breaks: number;
  /** Colours at its first byte, and the beginning of a sequence that ends in it. */
  readonly style: TextStyle;
  readonly carried: string;
  /** Where its line breaks are; made when somebody asks. */
  places?: Uint32Array;
  usedAt: number;
}

/** What is asked of a block that was dropped is a mistake of the caller: `absent` says which are. */
export function keptBytesOf({ bytes, start }: Block): Uint8Array {
  if (bytes === undefined) throw new RangeError(`the bytes from ${start} on are not kept`);
  return bytes;
}

/** How many line breaks are in some bytes. */
export function countBreaks(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === NEWLINE) count += 1;
  return count;
}

/** Where the line breaks are in some bytes that have so many. */
export function breakPlaces(bytes: Uint8Array, count: number): Uint32Array {
  const places = new Uint32Array(count);
  let found = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) places[found++] = at;
  return places;
}

/** How many numbers of a sorted list are smaller. */
export function firstAtLeast(sorted: Uint32Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const LETTERS = new TextDecoder('latin1');

/** The colours behind the first bytes of a block. */
export function styleBehind({ style, carried }: Block, bytes: Uint8Array): TextStyle {
  if (carried === '' && !bytes.includes(ESC)) return style;
  return styleAfter(carried + LETTERS.decode(bytes), style);
}

const MAX_CARRIED = 4096; // a sequence of more is none

/** The colours behind a block that is full, and the beginning of a sequence at its end. */
export function colorsBehind(block: Block): { style: TextStyle; carried: string } {
  const bytes = keptBytesOf(block).subarray(0, block.length);
  if (block.carried === '' && !bytes.includes(ESC)) return { style: block.style, carried: '' };
  const text = block.carried + LETTERS.decode(bytes);
  const unfinished = /\x1b[^\x1b\n]*$/.exec(text.slice(-MAX_CARRIED));
  const at = unfinished === null ? text.length : text.length - unfinished[0].length;
  // What stands behind it may be the text of a sequence, or of the line: the next block decides.
  return { style: styleAfter(text.slice(0, at), block.style), carried: text.slice(at) };
}
