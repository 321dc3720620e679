import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { interpolate } from './interpolate.ts';
import { exportStatement, shellQuote } from './quote.ts';

/** The shells that boxes have: bash, the one of Debian's /bin/sh, the one of Alpine. */
const SHELLS: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['bash', '/bin/bash', []],
  ['dash', '/bin/dash', []],
  ['busybox sh', 'busybox', ['sh']],
];

const NASTY = [
  '',
  ' ',
  "it's",
  `"double"`,
  '$(touch /tmp/x)',
  '`id`',
  '$1 $$ $? $! $# $- $@ $*',
  '\\ \\n \\\\ \\$HOME',
  'two\nlines\n',
  '\n\n',
  'a\rb\tc',
  '!history !!',
  '* ? [a-z] ~ {a,b}',
  '; rm -rf / & | > < ( )',
  '# no comment',
  '-n -e',
  'ünï ☃ 名 💥',
  '\u0001\u001b[31m\u007f',
  '%s %n',
  '${HOME:-x} ${1} ${} ${ ${x',
  "'".repeat(50),
  `${'x'.repeat(10_000)}'$`,
];

/** What the variable V holds after the statements, byte for byte. The x keeps final line breaks. */
function valueIn([, command, args]: (typeof SHELLS)[number], statements: string): string {
  const script = `set -u\n${statements}\nprintf '%sx' "$V"\n`;
  const output = execFileSync(command, args, {
    input: script,
    env: { HOME: '/root', PATH: '/usr/bin:/bin' },
  });
  return output.toString('utf8').slice(0, -1);
}

describe.each(SHELLS)('in %s', (...shell) => {
  test.each(NASTY)('a value arrives as it is: %j', (value) => {
    expect(valueIn(shell, exportStatement({ name: 'V', value, expand: false }))).toBe(value);
  });

  test.each(NASTY)('only $NAME and ${NAME} expand: %j', (text) => {
    const value = `${text}$A|\${B}|$UNSET|${text}`;
    const setup = `A='a  "$B" b'\nB='*'\n`;
    const lookup = (name: string) => ({ A: 'a  "$B" b', B: '*', HOME: '/root' })[name];
    expect(valueIn(shell, setup + exportStatement({ name: 'V', value, expand: true }))).toBe(
      interpolate(value, lookup),
    );
  });

  test('a variable may be built on its own earlier value', () => {
    const first = exportStatement({ name: 'V', value: '/bin', expand: true });
    const second = exportStatement({ name: 'V', value: '/opt:$V', expand: true });
    expect(valueIn(shell, `${first}\n${second}`)).toBe('/opt:/bin');
  });

  test('any text without NUL arrives as it is', () => {
    const anyText = fc.string({
      unit: fc.oneof(
        fc.constantFrom("'", '"', '$', '\\', '`', '\n', '!', 'A', '{', '}'),
        fc.string({ minLength: 1, maxLength: 1, unit: anyCharacter }),
      ),
    });
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 20, maxLength: 20 }), (texts) => {
        const value = texts.join('|').replaceAll('\0', '').toWellFormed();
        expect(valueIn(shell, exportStatement({ name: 'V', value, expand: false }))).toBe(value);
        const expanded = interpolate(value, (name) => (name === 'A' ? "a'\n" : undefined));
        expect(valueIn(shell, `A="a'\n"\n${exportStatement({ name: 'V', value, expand: true })}`)).toBe(
          expanded,
        );
      }),
      { numRuns: 25 },
    );
  });
});

test('shellQuote makes one word of any text', () => {
  expect(shellQuote(`it's "$x"`)).toBe(`'it'\\''s "$x"'`);
  expect(shellQuote('')).toBe("''");
});
