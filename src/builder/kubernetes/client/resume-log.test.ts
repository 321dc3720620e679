import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogResumer } from './resume-log.ts';

const T1 = '2026-11-21T22:00:00.5Z';
const T2 = '2026-11-21T22:00:00.500000001Z';
const T3 = '2026-11-21T22:00:01.25Z';

/** All that comes over connections that break where the pieces end. */
function resumed(connections: readonly (readonly string[])[]): string {
  const resumer = new LogResumer();
  return connections
    .map((pieces) => {
      const connection = resumer.connection();
      return pieces.map((piece) => connection.push(piece)).join('');
    })
    .join('');
}

describe('a log over connections that break', () => {
  it('goes on at the second of its last line', () => {
    const resumer = new LogResumer();
    expect(resumer.since).toBeUndefined();
    resumer.connection().push(`${T3} a\n`);
    expect(resumer.since).toBe('2026-11-21T22:00:01Z');
  });

  it.each([
    ['in the middle of a line', [[`${T1} a\n${T2} b`], [`${T1} a\n${T2} bc\n`]], 'a\nbc\n'],
    ['in the middle of a stamp', [[`${T1} a\n2026-11-`], [`${T1} a\n${T2} b\n`]], 'a\nb\n'],
    [
      'between lines of the same moment',
      [[`${T1} a\n${T1} b\n`], [`${T1} a\n${T1} b\n${T1} c\n`]],
      'a\nb\nc\n',
    ],
    ['after a fraction that is written longer', [[`${T1} a\n`], [`${T1} a\n${T2} b\n`]], 'a\nb\n'],
    ['where the clock was set back', [[`${T3} a\n${T1} b\n`], [`${T1} b\n${T3} c\n`]], 'a\nb\nc\n'],
    ['with empty lines', [[`${T1} \n${T1}\n`], [`${T1} \n${T1}\n${T2} x\n`]], '\n\nx\n'],
  ])('is whole when one breaks %s', (_, connections, text) => {
    expect(resumed(connections)).toBe(text);
  });

  it('hands on a line that does not end, and counts off what it handed on', () => {
    const line = 'x'.repeat(100_000);
    expect(resumed([[`${T1} a\n${T2} ${line}`], [`${T1} a\n${T2} ${line}yz\n`]])).toBe(`a\n${line}yz\n`);
  });

  it('is whole wherever it breaks, and however it comes in pieces', () => {
    const stamp = (n: number): string =>
      new Date(1_800_000_000_000 + n * 400).toISOString().replace('.000Z', 'Z');
    const lines = fc.array(fc.tuple(fc.nat(3), fc.stringMatching(/^[ -~]{0,12}$/)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.nat(400), { maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        (drawn, breaks, size) => {
          const sums = drawn.map((_, n) => drawn.slice(0, n + 1).reduce((sum, [step]) => sum + step, 0));
          const log = drawn.map(([, text], n) => ({ at: sums[n] ?? 0, text }));
          const resumer = new LogResumer();
          const read = (length: number): string => {
            const { since } = resumer;
            const from = since === undefined ? 0 : Date.parse(since);
            const all = log
              .filter((line) => Math.floor(Date.parse(stamp(line.at)) / 1000) * 1000 >= from)
              .map((line) => `${stamp(line.at)} ${line.text}\n`)
              .join('')
              .slice(0, length);
            const connection = resumer.connection();
            let news = '';
            for (let place = 0; place < all.length; place += size)
              news += connection.push(all.slice(place, place + size));
            return news;
          };
          const got = [...breaks, 100_000].map(read).join('');
          expect(got).toBe(log.map(({ text }) => `${text}\n`).join(''));
        },
      ),
    );
  });
});
