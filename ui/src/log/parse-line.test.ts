import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { styleAfter } from './escapes.ts';
import { parseLine, shownText } from './parse-line.ts';
import { ATTRIBUTES, PLAIN, TRUE_COLOR } from './text-style.ts';

const shown = (line: string) => parseLine(line, PLAIN).segments;
/** Anything in a log's line: letters, sequences and parts of them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b[',
        '\x1b]8;;http://x',
        '\x07',
        '\x1b\\',
        '\x9b31m',
        '\r',
        '\b',
        '\x1b[2K',
        '\x1b[9999C',
      ),
      fc.constantFrom(
        '31',
        ';',
        '38;2;',
        'm',
        '<script>',
        '\u202e',
        '\u200b',
        '\ufeff',
        '\ud800',
        '&amp;',
        '\0',
        '\t',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join('').replaceAll('\n', ''));

describe('a line of a log', () => {
  it('shows nothing that cannot be seen, whatever stands in it', () => {
    fc.assert(
      fc.property(hostile, (line) => {
        for (const { text } of shown(line)) {
          expect(text).not.toMatch(
            /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
          );
          expect(text.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves what needs no care as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\t\x20-\x7e\u00e0-\u02ff\u4e00-\u4fff]*$/), (line) => {
        expect(shownText(line)).toBe(line);
      }),
    );
  });

  it('passes on the colours that the sequences in it leave', () => {
    fc.assert(
      fc.property(hostile, (line) => {
        expect(parseLine(line, PLAIN).style).toEqual(styleAfter(line, PLAIN));
      }),
      { numRuns: 2000 },
    );
  });

  it('has the 16 colours, those of the palette and all others, in both notations', () => {
    const colorOf = (parameters: string) => shown(`\x1b[${parameters}mx`)[0]?.style;
    expect(colorOf('31')).toEqual({ attributes: 0, foreground: 1 });
    expect(colorOf('97;104')).toEqual({ attributes: 0, foreground: 15, background: 12 });
    expect(colorOf('38;5;200')).toEqual({ attributes: 0, foreground: 200 });
    expect(colorOf('48:5:9')).toEqual({ attributes: 0, background: 9 });
    const orange = { attributes: 0, foreground: TRUE_COLOR | 0xff8800 };
    for (const notation of ['38;2;255;136;0', '38:2:255:136:0', '38:2::255:136:0'])
      expect(colorOf(notation)).toEqual(orange);
    expect(colorOf('38;2;255;136;0;1')).toEqual({ ...orange, attributes: ATTRIBUTES.bold });
  });

  it('sets attributes and takes them back', () => {
    const { bold, dim, italic, underline, inverse } = ATTRIBUTES;
    const styles = shown('\x1b[1;2;3;4;7ma\x1b[22mb\x1b[23;24mc\x1b[27md\x1b[31me\x1b[39mf\x1b[1mg\x1b[mh');
    expect(styles.map(({ text, style }) => [text, style.attributes, style.foreground])).toEqual([
      ['a', bold | dim | italic | underline | inverse, undefined],
      ['b', italic | underline | inverse, undefined],
      ['c', inverse, undefined],
      ['d', 0, undefined],
      ['e', 0, 1],
      ['f', 0, undefined],
      ['g', bold, undefined],
      ['h', 0, undefined],
    ]);
  });

  it('ignores parameters that mean nothing, and goes on', () => {
    for (const nothing of ['999', '38;9', '38;5;256', '38;2;300;1;1', '', '1;0', '38', '>4'])
      expect(shown(`\x1b[${nothing}mx`)).toEqual([{ text: 'x', style: PLAIN }]);
    expect(shown(`\x1b[${'1;'.repeat(40)}31mx`)[0]?.style.foreground).toBeUndefined();
  });

  it('carries out no sequence: titles, links, cursors, screens, answers', () => {
    for (const sequence of [
      '\x1b]0;title\x07',
      '\x1b]8;;http://evil\x1b\\',
      '\x1bP1$q\x1b\\',
      '\x1b[2J',
      '\x1b[5A',
    ])
      expect(shownText(`a${sequence}b`)).toBe('ab');
    for (const sequence of [
      '\x1b[c',
      '\x1b[?1049h',
      '\x1b[6n',
      '\x1bc',
      '\x1b(B',
      '\x1b7',
      '\x1b=',
      '\x1b[!p',
    ])
      expect(shownText(`a${sequence}b`)).toBe('ab');
  });

  it('shows what is no sequence, so that nothing is hidden behind it', () => {
    expect(shownText('a\x1b]0;no end')).toBe('a^[]0;no end');
    expect(shownText('a\x1b[31')).toBe('a^[[31');
    expect(shownText('\x9b31mred')).toBe('<U+009B>31mred');
    expect(shown('a\u202eb\0')).toEqual([
      { text: 'a', style: PLAIN },
      { text: '<U+202E>', style: PLAIN, isOdd: true },
      { text: 'b', style: PLAIN },
      { text: '^@', style: PLAIN, isOdd: true },
    ]);
  });

  it('is as progress left it', () => {
    expect(shownText('10 %\r50 %\r100 %\r')).toBe('100 %');
    expect(shownText('downloading\rok')).toBe('okwnloading');
    expect(shownText('downloading\r\x1b[Kok')).toBe('ok');
    expect(shownText('abc\b\bX')).toBe('aXc');
    expect(shownText('abc\x1b[2Dx\x1b[6Gy')).toBe('axc  y');
    expect(shownText('abcdef\x1b[3G\x1b[1Kx')).toBe('  xdef');
    expect(shown('\x1b[32mgood\rb\x1b[0mad')).toEqual([
      { text: 'b', style: { attributes: 0, foreground: 2 } },
      { text: 'ad', style: PLAIN },
      { text: 'd', style: { attributes: 0, foreground: 2 } },
    ]);
  });

  it('is not made long by what is short', () => {
    expect(shownText('\x1b[9999Cx'.repeat(500)).length).toBeLessThan(5000);
  });
});
