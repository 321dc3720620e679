import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styleAfter } from './escapes.ts';
import { LogBlocks } from './log-blocks.ts';
import { PLAIN } from './text-style.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const SMALL = { blockBytes: 7 };
/** Texts in which lines, colours and the ends of blocks meet in every way. */
const logText = fc
  .array(
    fc.constantFrom(
      '\n',
      '\n',
      'a',
      'bc',
      'é',
      '\x1b[31m',
      '\x1b[0m',
      '\x1b',
      '[1;38;5;200m',
      '\x1b]0;t\x07',
      '\r',
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));
const pieceSizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });

function appended(bytes: Uint8Array, sizes: readonly number[], options = SMALL): LogBlocks {
  const blocks = new LogBlocks(options);
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    blocks.append(bytes.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Puts back what a piece of the log lacks, as who holds it would. */
function fill(blocks: LogBlocks, bytes: Uint8Array, start: number, end: number): void {
  for (const span of blocks.absent(start, end))
    blocks.putBack(span.start, bytes.subarray(span.start, span.end));
}

describe('the bytes of a log, by line', () => {
  it('has the lines of the text, however it came', () => {
    fc.assert(
      fc.property(logText, pieceSizes, (text, sizes) => {
        const blocks = appended(encode(text), sizes);
        const lines = linesOf(text);
        expect(blocks.lines).toBe(lines.length);
        for (const [number, line] of lines.entries()) {
          const { start, end } = blocks.spanOf(number);
          expect(decode(blocks.bytes(start, end))).toBe(line);
          expect(blocks.lineAt(start)).toBe(number);
          expect(blocks.lineAt(end)).toBe(end < blocks.sizeBytes ? number : lines.length);
        }
      }),
    );
  });

  it('knows the colours at each line, as if all before it had been read', () => {
    fc.assert(
      fc.property(logText, pieceSizes, (text, sizes) => {
        const blocks = appended(encode(text), sizes);
        for (let number = 0; number < blocks.lines; number += 1) {
          const { start } = blocks.spanOf(number);
          const before = new TextDecoder('latin1').decode(encode(text).subarray(0, start));
          expect(blocks.styleAt(start)).toEqual(styleAfter(before, PLAIN));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps so many bytes and no more, and has the same lines when the others are put back', () => {
    const options = { blockBytes: 7, keptBytes: 35 };
    fc.assert(
      fc.property(logText, pieceSizes, fc.array(fc.nat(60), { maxLength: 20 }), (text, sizes, asked) => {
        const bytes = encode(text);
        const blocks = appended(bytes, sizes, options);
        const lines = linesOf(text);
        for (const number of asked.filter((each) => each < lines.length)) {
          const around = blocks.around(number);
          fill(blocks, bytes, around.start, around.start + 1);
          fill(blocks, bytes, Math.max(around.start, around.end - 1), around.end);
          expect(blocks.keptBytes).toBeLessThanOrEqual(35);
          const { start, end } = blocks.spanOf(number);
          if (blocks.absent(start, end).length > 0) continue; // a line that is longer than what is kept
          expect(decode(blocks.bytes(start, end))).toBe(lines[number]);
        }
      }),
    );
  });

  it('refuses to guess at what it has dropped', () => {
    const blocks = new LogBlocks({ blockBytes: 4, keptBytes: 16 });
    blocks.append(encode('a\nb\nc\nd\n'.repeat(8)));
    expect(blocks.absent(0, 64)).toEqual([{ start: 0, end: 52 }]);
    expect(() => blocks.spanOf(1)).toThrow(RangeError);
    expect(() => blocks.bytes(0, 4)).toThrow(RangeError);
    blocks.putBack(0, encode('a\nb\n'));
    expect(decode(blocks.bytes(2, 3))).toBe('b');
    expect(blocks.lines).toBe(32);
  });
});
