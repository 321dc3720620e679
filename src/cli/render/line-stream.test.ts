import { once } from 'node:events';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefixLines } from './line-stream.ts';
import type { OutputStream } from './output-stream.ts';

/** A stream that keeps what is written, piece by piece. */
function sink(): { readonly stream: OutputStream; readonly pieces: string[] } {
  const pieces: string[] = [];
  const stream = new Writable({
    highWaterMark: 64,
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk.toString('latin1'));
      done();
    },
  });
  return { stream, pieces };
}

async function writeAll(stream: Writable, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  if (!stream.writableFinished) await once(stream, 'finish');
}

describe('lines with a prefix', () => {
  it('come whole, whatever pieces they were written in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n]{0,9}$/)), async (texts) => {
        const { stream, pieces } = sink();
        await writeAll(
          prefixLines(stream, 'x | '),
          texts.map((text) => Buffer.from(text)),
        );
        const whole = texts.join('');
        const lines = whole.split('\n');
        if (lines.at(-1) === '') lines.pop();
        expect(pieces.join('')).toBe(lines.map((line) => `x | ${line}\n`).join(''));
        for (const piece of pieces) expect(piece.endsWith('\n')).toBe(true);
      }),
    );
  });

  it('of two streams never mix within a line', async () => {
    const { stream, pieces } = sink();
    const [a, b] = [prefixLines(stream, 'a | '), prefixLines(stream, 'b | ')];
    a.write('one ');
    b.write('two ');
    a.write('first\n');
    b.write('second\n');
    a.end();
    b.end();
    await Promise.all([once(a, 'finish'), once(b, 'finish')]);
    expect(pieces).toEqual(['a | one first\n', 'b | two second\n']);
  });

  it('are passed on in pieces when they have no end', async () => {
    const { stream, pieces } = sink();
    await writeAll(prefixLines(stream, '> '), [Buffer.alloc(200_000, 'x')]);
    const text = pieces.join('');
    expect(text.replaceAll(/> |\n/g, '')).toHaveLength(200_000);
    expect(text.split('\n').length).toBeGreaterThan(3);
  });
});
