import {
  type Block,
  breakPlaces,
  colorsBehind,
  countBreaks,
  firstAtLeast,
  keptBytesOf,
  styleBehind,
} from './log-block.ts';
import { PLAIN, type TextStyle } from './text-style.ts';

const NEWLINE = 10;

/** @defaultValue of `blockBytes` */
const BLOCK_BYTES = 256 * 1024;
/** @defaultValue of `keptBytes` */
const KEPT_BYTES = 192 * 1024 * 1024;

const READ_AHEAD_BYTES = 8 * 1024 * 1024;

export interface LogBlocksOptions {
  /** How many bytes are known one by one: line numbers of more cost a look through one of these. */
  readonly blockBytes?: number;
  /** How many bytes are kept; those that were used last are dropped last. */
  readonly keptBytes?: number;
}

/** Bytes of some lines, in the log. */
export interface LineSpan {
  /** Of its first byte. */
  readonly start: number;
  /** Behind its last byte, without the line break. */
  readonly end: number;
}

/**
 * The bytes of a log as they come, by line. Memory is bounded: the index has one entry for 256 KiB, and of the bytes
 * only those that were used last are kept. Lines are counted from 0.
 */
export class LogBlocks {
  readonly #blockBytes: number;
  readonly #keptBytes: number;
  readonly #blocks: Block[] = [];
  #sizeBytes = 0;
  #breaks = 0;
  #kept = 0;
  #clock = 0;
  #endsWithBreak = true;

  constructor({ blockBytes = BLOCK_BYTES, keptBytes = KEPT_BYTES }: LogBlocksOptions = {}) {
    this.#blockBytes = blockBytes;
    this.#keptBytes = Math.max(keptBytes, 4 * blockBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get keptBytes(): number {
    return this.#kept;
  }

  /** So much may be put back at once without dropping what is needed of it. */
  get readAheadBytes(): number {
    return Math.min(READ_AHEAD_BYTES, Math.floor(this.#keptBytes / 4));
  }

  /** Lines with a break, and one more where something stands behind the last break. */
  get lines(): number {
    return this.#breaks + (this.#endsWithBreak ? 0 : 1);
  }

  /** Lines that are known to be whole. */
  get wholeLines(): number {
    return this.#breaks;
  }

  /** The next bytes of the log; they are copied. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const block = this.#room();
      const piece = bytes.subarray(at, at + this.#blockBytes - block.length);
      block.bytes?.set(piece, block.length);
      block.length += piece.length;
      const breaks = countBreaks(piece);
      block.breaks += breaks;
      this.#breaks += breaks;
      this.#sizeBytes += piece.length;
      delete block.places;
      at += piece.length;
    }
    if (bytes.length > 0) this.#endsWithBreak = bytes.at(-1) === NEWLINE;
    this.#drop();
  }

  /** The block that takes the next byte. */
  #room(): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length < this.#blockBytes) return last;
    const { style, carried } = last === undefined ? { style: PLAIN, carried: '' } : colorsBehind(last);
    const block: Block = {
      start: this.#sizeBytes,
      length: 0,
      bytes: new Uint8Array(this.#blockBytes),
      breaksBefore: this.#breaks,
      breaks: 0,
      style,
      carried,
      usedAt: ++this.#clock,
    };
    this.#blocks.push(block);
    this.#kept += this.#blockBytes;
    return block;
  }

  /** The last block is never dropped: it grows. */
  #drop(): void {
    if (this.#kept <= this.#keptBytes) return;
    const candidates = this.#blocks
      .slice(0, -1)
      .filter(({ bytes }) => bytes !== undefined)
      .sort((a, b) => a.usedAt - b.usedAt);
    // Some more than needed, so that the next one does not look through all of them again.
    const enough = this.#keptBytes - Math.min(this.#keptBytes / 8, 64 * this.#blockBytes);
    for (const block of candidates) {
      if (this.#kept <= enough) return;
      block.bytes = undefined;
      delete block.places;
      this.#kept -= this.#blockBytes;
    }
  }

  /** Pieces of the log between two places that are not kept, and have to be put back before they are read. */
  absent(start: number, end: number): LineSpan[] {
    const spans: { start: number; end: number }[] = [];
    for (let at = this.#blockAt(start); at < this.#blocks.length; at += 1) {
      const block = this.#blocks[at];
      if (block === undefined || block.start >= end) break;
      if (block.bytes !== undefined) continue;
      const last = spans.at(-1);
      if (last?.end === block.start) last.end += block.length;
      else spans.push({ start: block.start, end: block.start + block.length });
    }
    return spans;
  }

  /** Puts bytes back that were dropped: whole blocks, as `absent` names them. */
  putBack(start: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const block = this.#blocks[this.#blockAt(start + at)];
      if (block === undefined || block.start !== start + at || bytes.length - at < block.length) return;
      if (block.bytes === undefined) {
        block.bytes = bytes.slice(at, at + block.length);
        this.#kept += this.#blockBytes;
      }
      block.usedAt = ++this.#clock;
      at += block.length;
    }
    this.#drop();
  }

  /** Which line a byte belongs to; that of the end where there is no such byte. Throws where its block is not kept. */
  lineAt(offset: number): number {
    const block = this.#blocks[this.#blockAt(offset)];
    if (block === undefined || offset >= this.#sizeBytes) return this.lines;
    return block.breaksBefore + firstAtLeast(this.#placesOf(block), offset - block.start);
  }

  /** The blocks in which a line begins and ends, as bytes: what has to be there for `spanOf`. */
  around(line: number): LineSpan {
    const first = this.#blocks[this.#blockWithBreak(line - 1)];
    const last = this.#blocks[this.#blockWithBreak(line)];
    const start = line <= 0 ? 0 : (first?.start ?? this.#sizeBytes);
    return { start, end: last === undefined ? this.#sizeBytes : last.start + last.length };
  }

  /** Where a line is. Throws where a block in which it begins or ends is not kept. */
  spanOf(line: number): LineSpan {
    const start = line <= 0 ? 0 : this.#breakPlace(line - 1) + 1;
    return { start, end: line < this.#breaks ? this.#breakPlace(line) : this.#sizeBytes };
  }

  /** Some of the log's bytes, in one piece that is not to be changed. Throws where one is not kept. */
  bytes(start: number, end: number): Uint8Array {
    const to = Math.min(end, this.#sizeBytes);
    if (start >= to) return new Uint8Array(0);
    const first = this.#blockAt(start);
    const only = this.#blocks[first];
    if (only !== undefined && to <= only.start + only.length) return this.#within(only, start, to);
    const whole = new Uint8Array(to - start);
    for (let at = first; at < this.#blocks.length; at += 1) {
      const block = this.#blocks[at];
      if (block === undefined || block.start >= to) break;
      const from = Math.max(start, block.start);
      whole.set(this.#within(block, from, Math.min(to, block.start + block.length)), from - start);
    }
    return whole;
  }

  /** The colours at a byte. Throws where its block is not kept. */
  styleAt(offset: number): TextStyle {
    const block = this.#blocks[this.#blockAt(offset)];
    if (block === undefined) return PLAIN;
    return styleBehind(block, this.#within(block, block.start, offset));
  }

  #within(block: Block, start: number, end: number): Uint8Array {
    return keptBytesOf(this.#used(block)).subarray(start - block.start, end - block.start);
  }

  #used(block: Block): Block {
    block.usedAt = ++this.#clock;
    return block;
  }

  #placesOf(block: Block): Uint32Array {
    this.#used(block);
    block.places ??= breakPlaces(keptBytesOf(block).subarray(0, block.length), block.breaks);
    return block.places;
  }

  #breakPlace(index: number): number {
    const block = this.#blocks[this.#blockWithBreak(index)];
    const place = block && this.#placesOf(block)[index - block.breaksBefore];
    return block === undefined || place === undefined ? this.#sizeBytes : block.start + place;
  }

  /** The index of the block with a byte: all have one size. */
  #blockAt(offset: number): number {
    return Math.min(Math.max(0, Math.floor(offset / this.#blockBytes)), Math.max(0, this.#blocks.length - 1));
  }

  /** The index of the block with the line break of that number. */
  #blockWithBreak(index: number): number {
    if (index >= this.#breaks) return this.#blocks.length;
    let [low, high] = [0, this.#blocks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blocks[middle]?.breaksBefore ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
