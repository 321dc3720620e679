import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldLog, MAX_LINE_BYTES } from './held-log.ts';
import { LogBlocks } from './log-blocks.ts';
import type { LogLine } from './protocol.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A log of which four small blocks are kept, and the others read again. */
function held(text: string | Uint8Array, options = { blockBytes: 64, keptBytes: 256 }) {
  const bytes = typeof text === 'string' ? encode(text) : text;
  const blocks = new LogBlocks(options);
  blocks.append(bytes);
  const readAgain: number[] = [];
  const log = new HeldLog(blocks, async ({ start, end }) => {
    readAgain.push(start);
    return bytes.subarray(start, end);
  });
  return { log, blocks, readAgain };
}

const textOf = ({ segments }: LogLine): string => segments.map(({ text }) => text).join('');
const BIG = { blockBytes: 256 * 1024, keptBytes: 4 * 1024 * 1024 };

describe('a log that is held', () => {
  it('shows any of its lines, whatever was dropped of it', async () => {
    const lines = Array.from({ length: 400 }, (_, at) => `line ${at}`);
    const { log, readAgain } = held(`${lines.join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(fc.nat(399), fc.integer({ min: 1, max: 12 }), async (from, count) => {
        const shown = await log.lines(from, from + count);
        expect(shown.map(textOf)).toEqual(lines.slice(from, from + count));
      }),
    );
    expect(readAgain.length).toBeGreaterThan(0);
  });

  it('goes on with the colours of the lines before, from wherever it is looked at', async () => {
    const { log } = held(`\x1b[31mred\n${'still red\n'.repeat(50)}\x1b[0mplain\n`);
    const [first, second] = await log.lines(40, 42);
    expect(first?.segments).toEqual([{ text: 'still red', style: { attributes: 0, foreground: 1 } }]);
    expect(second).toEqual(first);
    expect((await log.lines(51, 52))[0]?.segments[0]?.style).toEqual({ attributes: 0 });
  });

  it('shows the beginning of a line that is too long, and how much is left out', async () => {
    const { log } = held(`${'x'.repeat(100_000)}\x1b[32m\nnext\n`, BIG);
    const [long, next] = await log.lines(0, 2);
    expect(textOf(long ?? { segments: [] })).toBe('x'.repeat(MAX_LINE_BYTES));
    expect(long?.leftOutBytes).toBe(100_005 - MAX_LINE_BYTES);
    // What is left out changes colours all the same.
    expect(next?.segments).toEqual([{ text: 'next', style: { attributes: 0, foreground: 2 } }]);
  });

  it('shows where progress is that never ended its line', async () => {
    const { log } = held(Array.from({ length: 30_000 }, (_, at) => `${at} of 30000\r`).join(''), BIG);
    expect(textOf((await log.lines(0, 1))[0] ?? { segments: [] })).toBe('29999 of 30000');
  });

  it('shows what is no text', async () => {
    const { log } = held(Uint8Array.of(0x61, 0xff, 0xc3, 0x0a, 0xe2, 0x82, 0x0a));
    expect((await log.lines(0, 2)).map(textOf)).toEqual(['a��', '�']);
  });

  it('gives all of its lines to who searches them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-zé]{0,90}$/), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 300 }),
        async (lines, size) => {
          const { log, blocks } = held(`${lines.join('\n')}\n`);
          const found: string[] = [];
          while (found.length < blocks.lines) {
            found.push(...(await log.someLines(found.length, blocks.lines, size)));
          }
          expect(found).toEqual(lines);
        },
      ),
    );
  });

  it('gives lines as they came to who copies them', async () => {
    const { log } = held('a\x1b[31mb\nc\n');
    expect(await log.text(0, 2)).toEqual({ text: 'a\x1b[31mb\nc', isCut: false });
    expect(await log.text(1, 1)).toEqual({ text: '', isCut: false });
  });

  it('knows the line of a byte', async () => {
    const { log } = held(`${'0123456789\n'.repeat(100)}`);
    expect(await Promise.all([0, 10, 11, 550, 1100, 9999].map((at) => log.lineAt(at)))).toEqual([
      0, 0, 1, 50, 100, 100,
    ]);
  });
});
