import { styleAfter } from './escapes.ts';
import type { LogBlocks } from './log-blocks.ts';
import { parseLine } from './parse-line.ts';
import type { LogLine } from './protocol.ts';
import type { TextStyle } from './text-style.ts';

/** Gives bytes of the log that were dropped. */
export type ReadAgain = (span: { readonly start: number; readonly end: number }) => Promise<Uint8Array>;

/** So much of one line is shown; the rest is in the raw log. */
export const MAX_LINE_BYTES = 32 * 1024;
const MAX_LINES = 2_000; // at a time
const MAX_TEXT_BYTES = 16 * 1024 * 1024; // to copy

const CR = 13;

/** A log that is held in memory as far as that goes, and read again where it does not. */
export class HeldLog {
  readonly blocks: LogBlocks;
  readonly #readAgain: ReadAgain;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(blocks: LogBlocks, readAgain: ReadAgain) {
    this.blocks = blocks;
    this.#readAgain = readAgain;
  }

  /** Lines as they are shown. */
  async lines(from: number, to: number): Promise<LogLine[]> {
    const shown: LogLine[] = [];
    let style: TextStyle | undefined;
    for (let line = Math.max(0, from); line < Math.min(to, from + MAX_LINES, this.blocks.lines); line += 1) {
      const span = await this.#span(line);
      if (style === undefined) {
        await this.#hold(span.start, span.start + 1);
        style = this.blocks.styleAt(span.start);
      }
      const { text, leftOutBytes } = await this.#textOf(span);
      const parsed = parseLine(text, style);
      shown.push({ segments: parsed.segments, ...(leftOutBytes > 0 && { leftOutBytes }) });
      // What is not shown of a line may change colours all the same: the next line is asked for anew.
      style = leftOutBytes > 0 ? undefined : styleAfter(text, style);
    }
    return shown;
  }

  /** Lines as they came, but for what is too much. */
  async text(from: number, to: number): Promise<{ text: string; isCut: boolean }> {
    if (from >= to) return { text: '', isCut: false };
    const { start } = await this.#span(from);
    const { end } = await this.#span(Math.min(to, this.blocks.lines) - 1);
    const cutEnd = Math.min(end, start + MAX_TEXT_BYTES);
    await this.#hold(start, cutEnd);
    return { text: this.#decoder.decode(this.blocks.bytes(start, cutEnd)), isCut: cutEnd < end };
  }

  /** Which line a byte belongs to. */
  async lineAt(offset: number): Promise<number> {
    await this.#hold(offset, offset + 1);
    return this.blocks.lineAt(offset);
  }

  /** Whole lines from one on, of about so many bytes, each no longer than it is shown. */
  async someLines(from: number, to: number, bytes: number): Promise<string[]> {
    const { start } = await this.#span(from);
    await this.#hold(start + bytes, start + bytes + 1);
    const next = Math.min(to, Math.max(from + 1, this.blocks.lineAt(start + bytes)));
    const { end } = await this.#span(next - 1);
    if (next === from + 1) return [(await this.#textOf({ start, end })).text];
    await this.#hold(start, end);
    const lines = this.#decoder.decode(this.blocks.bytes(start, end)).split('\n');
    for (const [at, line] of lines.entries()) {
      // Three bytes are one letter at least.
      if (line.length * 3 > MAX_LINE_BYTES)
        lines[at] = (await this.#textOf(await this.#span(from + at))).text;
    }
    return lines;
  }

  async #span(line: number) {
    const around = this.blocks.around(line);
    await this.#hold(around.start, around.start + 1);
    await this.#hold(Math.max(around.start, around.end - 1), around.end);
    return this.blocks.spanOf(line);
  }

  async #textOf({ start, end }: { readonly start: number; readonly end: number }) {
    const shownEnd = Math.min(end, start + MAX_LINE_BYTES);
    await this.#hold(start, shownEnd);
    const head = this.blocks.bytes(start, shownEnd);
    if (shownEnd === end) return { text: this.#decoder.decode(head), leftOutBytes: 0 };
    const leftOutBytes = end - shownEnd;
    if (!head.includes(CR)) return { text: this.#decoder.decode(head), leftOutBytes };
    // Progress without an end: what counts is where it is now.
    const tailStart = end - MAX_LINE_BYTES;
    await this.#hold(tailStart, end);
    const tail = this.blocks.bytes(tailStart, end);
    return { text: this.#decoder.decode(tail.subarray(tail.indexOf(CR) + 1)), leftOutBytes };
  }

  async #hold(start: number, end: number): Promise<void> {
    for (const { start: from, end: to } of this.blocks.absent(start, end)) {
      // Who reads on wants what comes behind it, and a packed log is read from its beginning for each piece.
      const [span] = this.blocks.absent(from, Math.max(to, from + this.blocks.readAheadBytes));
      const wanted = span ?? { start: from, end: to };
      this.blocks.putBack(from, await this.#readAgain(wanted));
    }
  }
}
