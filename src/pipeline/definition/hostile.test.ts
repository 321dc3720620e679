import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { cpuMsOf } from '../../../test/support/cpu-time.ts';
import { formatDiagnostic } from '../../kernel/index.ts';
import { parseManifest } from '../manifest/parse-manifest.ts';
import { parseDefinition } from './parse-definition.ts';

const VALID = [
  'box: node:8\nbuild:\n  steps:\n    - script:\n        name: hi\n        code: |\n          echo "hi"\n          ls\n    - npm-install\n',
  'box:\n  id: "ubuntu"\n  env: {A: b, C: \'d e\'}\n  ports: [80, "81:82"]\nservices: [redis, {id: mongo}]\ndeploy:\n  prod: [\n    a,\n  b ]\n',
  'a: &x {steps: &s [one, "two"]}\nb:\n  <<: *x\n  after-steps: *s\ncommand-timeout: 0x10\n---\nc: d\n',
  'build:\n  steps:\n   - script:\n     name: >-\n       folded\n       text\n     code: x\n   - foo "http://x/y"\n   - 42\n   - ? k\n     : v\n',
  'name: step\nversion: 1.0\nproperties:\n  - name: a\n    type: int\n    default: 1\n  - name: b\n    required: yes\n',
  'properties:\n  a: {type: password}\n  b:\n    default: x\n',
];

const PIECES = [
  ' ',
  '\n',
  '\t',
  ':',
  ': ',
  '- ',
  '-',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  ' #',
  '&a',
  '*a',
  '*x',
  '|',
  '>',
  '|-',
  '!',
  '!!str ',
  '%',
  '@',
  '`',
  '?',
  '? ',
  '\\',
  '$',
  '~',
  '---\n',
  '...\n',
  '<<',
  '<<: ',
  '__proto__',
  'steps',
  'script',
  'box',
  'id',
  '\r\n',
  '\r',
  '\u0000',
  '\u001b',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ud800',
  '名',
  '💥',
  '1.5',
  '0x',
  '2147483648',
  'null',
  'yes',
  '=',
];

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, { at, remove, insert }) => {
    const from = at % (current.length + 1);
    return current.slice(0, from) + insert + current.slice(from + remove);
  }, text);
}

const edit = fc.record({
  at: fc.nat(),
  remove: fc.nat({ max: 8 }),
  insert: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join('')),
  ),
});
const mutated = fc
  .tuple(fc.constantFrom(...VALID), fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([text, edits]) => edited(text, edits));
const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''));
const anyText = fc.oneof(mutated, soup, fc.string({ unit: anyCharacter }), fc.string());

/** What holds for every text, whatever it is. */
function checkBoth(text: string): void {
  const { definition, diagnostics } = parseDefinition(text, { file: 'wercker.yml' });
  const lines = text.split(/\r\n|\r|\n/).length;
  expect(definition !== undefined || diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  const manifest = parseManifest(text, { file: 'step.yml' });
  expect(manifest.diagnostics.every(({ severity }) => severity === 'warning')).toBe(true);
  for (const diagnostic of [...diagnostics, ...manifest.diagnostics]) {
    const { range, message } = diagnostic;
    if (range !== undefined) {
      expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
      expect(range.end.offset).toBeLessThanOrEqual(text.length);
      expect(range.start.line).toBeLessThanOrEqual(lines);
    }
    expect(message.length).toBeLessThan(300);
    expect(formatDiagnostic(diagnostic, text, { colour: false })).not.toMatch(/(?!\n)[\p{Cc}\p{Cs}]/u);
  }
}

describe('whatever the text', () => {
  test('parsing gives a definition or errors, and places that are in the text', () => {
    fc.assert(fc.property(anyText, checkBoth), { numRuns: 1500 });
  });

  test('a text of one repeated piece is read or refused in time proportional to its length', () => {
    for (const piece of [
      '[',
      '{',
      '- ',
      ': ',
      'a:\n',
      '\n',
      ' ',
      '"',
      "'",
      '&a ',
      '*a\n',
      '!a ',
      '#\n',
      '---\n',
      '[,',
      '|\n',
      'a: b: ',
      '\\"',
    ]) {
      expect(
        cpuMsOf(() => checkBoth(piece.repeat(20_000 / piece.length))),
        piece,
      ).toBeLessThan(5000);
    }
  });
});
