import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../test/support/any-character.ts';
import { cpuMsOf } from '../../test/support/cpu-time.ts';
import type { Diagnostic } from './diagnostic.ts';
import { formatDiagnostic } from './diagnostic-format.ts';

const PLAIN = { colour: false };

/** A diagnostic about the first place where `marked` stands in `source`. */
function about(source: string, marked: string, more: Partial<Diagnostic> = {}): Diagnostic {
  const offset = source.indexOf(marked);
  const before = source.slice(0, offset).split('\n');
  const start = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, offset };
  const end = { ...start, column: start.column + marked.length, offset: offset + marked.length };
  const range = { start, end };
  return { severity: 'error', code: 'test', message: 'this is wrong', file: 'wercker.yml', range, ...more };
}

function shown(source: string, marked: string, more?: Partial<Diagnostic>): string[] {
  return formatDiagnostic(about(source, marked, more), source, PLAIN).split('\n');
}

describe('formatDiagnostic', () => {
  test('shows the place, the message, the line with carets below the place, and the hint', () => {
    const text = 'box: x\nserivces: []\n';
    expect(shown(text, 'serivces', { hint: 'did you mean "services"?' })).toEqual([
      'wercker.yml:2:1: error: this is wrong',
      '2 | serivces: []',
      '  | ^^^^^^^^',
      '  = did you mean "services"?',
    ]);
  });

  test('says warning where it is one', () => {
    expect(shown('a', 'a', { severity: 'warning' })[0]).toBe('wercker.yml:1:1: warning: this is wrong');
  });

  test('leaves the excerpt out without a source', () => {
    expect(formatDiagnostic(about('a', 'a'), undefined, PLAIN)).toBe('wercker.yml:1:1: error: this is wrong');
  });

  test('names only the file where the whole file is meant', () => {
    const diagnostic: Diagnostic = {
      severity: 'error',
      code: 'empty-file',
      message: 'it is empty',
      file: 'x.yml',
    };
    expect(formatDiagnostic({ ...diagnostic, hint: 'write it' }, '', PLAIN)).toBe(
      'x.yml: error: it is empty\n  = write it',
    );
  });

  test('puts one caret where the place is empty, also after the last character', () => {
    const diagnostic = about('script', 'script');
    const end = diagnostic.range?.end ?? { line: 1, column: 1, offset: 0 };
    const text = formatDiagnostic({ ...diagnostic, range: { start: end, end } }, 'script', PLAIN);
    expect(text.split('\n').slice(1)).toEqual(['1 | script', '  |       ^']);
  });

  test('marks only the first line of a place that covers several', () => {
    expect(shown('key: first\n  second\n', 'first\n  second').slice(1)).toEqual([
      '1 | key: first',
      '  |      ^^^^^',
    ]);
  });

  test('ends a line at its carriage return', () => {
    expect(shown('key: x\r\nnext: y\r\n', 'x').slice(1)).toEqual(['1 | key: x', '  |      ^']);
  });

  test('aligns the gutter with line numbers of several digits', () => {
    expect(shown(`${'\n'.repeat(11)}x: y`, 'y').slice(1)).toEqual(['12 | x: y', '   |    ^']);
  });

  test('shows a tab as four columns', () => {
    expect(shown('\ta:\tb', 'b').slice(1)).toEqual(['1 |     a:    b', '  |           ^']);
  });

  test('counts wide characters as two columns and combining ones as none', () => {
    expect(shown('名e\u0301: b', 'b').slice(1)).toEqual(['1 | 名e\u0301: b', '  |      ^']);
  });

  test('counts offsets without a byte order mark', () => {
    const text = formatDiagnostic(about('key: v', 'v'), '\ufeffkey: v', PLAIN);
    expect(text.split('\n').slice(1)).toEqual(['1 | key: v', '  |      ^']);
  });
});

describe('when a line is long', () => {
  const long = `${'a'.repeat(500)} HERE ${'b'.repeat(500)}`;

  test('cuts it on both sides of the place', () => {
    const [, line = '', carets = ''] = shown(long, 'HERE');
    expect(line.length).toBeLessThanOrEqual('1 | '.length + 100);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
    expect(line).toMatch(/^1 \| …a+ HERE b+…$/);
  });

  test('cuts a place that is itself too long', () => {
    const [, line = '', carets = ''] = shown(`key: ${'x'.repeat(300)}`, 'x'.repeat(300));
    expect(line.length).toBeLessThanOrEqual('1 | '.length + 101);
    expect(carets).toMatch(/^ {2}\| {6}\^+$/);
  });

  test('does not look at a whole megabyte', () => {
    const huge = `${'a'.repeat(1_000_000)}HERE${'b'.repeat(1_000_000)}`;
    const spentMs = cpuMsOf(() => expect(shown(huge, 'HERE')[1]).toContain('aHEREb'));
    expect(spentMs).toBeLessThan(500);
  });
});

describe('when a file is hostile', () => {
  const controls = ['\u001b[2J', '\u0007', '\u009b31m', '\u202e', '\u2028', '\u200b', '\u007f', '\ud800'];

  test.each(controls)('shows control characters instead of sending them (%j)', (control) => {
    const text = `key${control}: v`;
    const diagnostic = about(text, 'key', {
      message: `m${control}`,
      hint: `h${control}`,
      file: `f${control}`,
    });
    const formatted = formatDiagnostic(diagnostic, text, PLAIN);
    expect(formatted).not.toContain(control.charAt(0));
    expect(formatted.split('\n')).toHaveLength(4);
  });

  test('prints nothing that a terminal acts on, whatever the text and the place', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.nat(200), fc.nat(200), (source, from, length) => {
        const start = { line: 1, column: from + 1, offset: from };
        const end = { line: 1, column: from + length + 1, offset: from + length };
        const diagnostic: Diagnostic = {
          severity: 'error',
          code: 'x',
          message: source,
          file: source,
          range: { start, end },
        };
        const formatted = formatDiagnostic(diagnostic, source, PLAIN);
        expect(formatted.split('\n')).toHaveLength(3);
        expect(formatted).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });
});

test('colours are put around the parts, and only when asked for', () => {
  const diagnostic = about('a: b', 'b', { hint: 'try c' });
  const coloured = formatDiagnostic(diagnostic, 'a: b', { colour: true });
  expect(coloured).toContain('\u001b[31;1merror:\u001b[0m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is looked for
  expect(coloured.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(formatDiagnostic(diagnostic, 'a: b', PLAIN));
});
