import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { linesOf, safeText } from './safe-text.ts';

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function safe(text: string | Uint8Array, size = 1_000_000): Promise<string> {
  let all = '';
  for await (const piece of safeText(piecesOf(Buffer.from(text), size))) all += piece;
  return all;
}

const ESC = '\u001b';

describe('text for a terminal', () => {
  it('keeps colours, tabs and line ends, and resets what is left on', async () => {
    expect(await safe(`a\t${ESC}[1;31mred${ESC}[0m\r\nb\n`)).toBe(
      `a\t${ESC}[1;31mred${ESC}[0m\nb\n${ESC}[0m`,
    );
    expect(await safe('plain\n')).toBe('plain\n');
  });

  it('is the same however it is cut into pieces', async () => {
    const text = `é${ESC}[32mü${ESC}[0m\r\n${ESC}]0;x\u0007\r${ESC}[2J☃ ${ESC}`;
    const whole = await safe(text);
    for (let size = 1; size < 12; size += 1) expect(await safe(text, size)).toBe(whole);
  });

  it('has no control character but colours, whatever comes in', async () => {
    const part = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom(ESC, `${ESC}[`, '1;', 'm', '\r', '\n', `${ESC}[0m`, '\u009b', '\u202e'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
        const shown = await safe(parts.join(''), size);
        const rest = shown
          .split(ESC)
          .map((each, index) => (index === 0 ? each : each.replace(/^\[[\d;]*m/, '')));
        expect(rest.join('').replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });

  it('takes bytes that are no text', async () => {
    expect(await safe(Buffer.from([0x61, 0xff, 0xfe, 0x0a]))).toBe('a\ufffd\ufffd\n');
  });
});

describe('linesOf', () => {
  it('gives lines without their ends, also the last one', async () => {
    const lines: string[] = [];
    for await (const line of linesOf(piecesOf(Buffer.from('one\n\nthreé'), 2))) lines.push(line);
    expect(lines).toEqual(['one', '', 'threé']);
  });

  it('gives a line that never ends in pieces', async () => {
    let count = 0;
    for await (const line of linesOf(piecesOf(Buffer.alloc(5_000_000, 'x'), 65_536))) {
      expect(line.length).toBeLessThan(2_000_000);
      count += 1;
    }
    expect(count).toBeGreaterThan(2);
  });
});
