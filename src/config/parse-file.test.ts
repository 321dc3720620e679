import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from './error.ts';
import { parseFile } from './parse-file.ts';

const CONTEXT = { folder: '/etc/slipway', home: '/home/me', resolve };

const parse = (text: string) => parseFile('config.yaml', text, CONTEXT);

/** What a person sees of the mistakes. */
function mistakesOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
  return '';
}

describe('parseFile', () => {
  it('reads each value as its kind, with the line it stands on', () => {
    const values = parse(
      [
        'data:',
        '  folder: ~/slipway',
        'store: {type: s3, bucket: artifacts, secretAccessKey: {file: keys/s3}}',
        'retention:',
        '  keepDays: 1.5',
        '  keepRuns: unlimited',
        '  maxBytes: 20 GiB',
        '  automatic: false',
      ].join('\n'),
    );
    expect(Object.fromEntries(values)).toEqual({
      'data.folder': { value: '/home/me/slipway', line: 2 },
      'store.type': { value: 's3', line: 3 },
      'store.bucket': { value: 'artifacts', line: 3 },
      'store.secretAccessKey': { value: { file: '/etc/slipway/keys/s3' }, line: 3 },
      'retention.keepDays': { value: 1.5, line: 5 },
      'retention.keepRuns': { value: Number.POSITIVE_INFINITY, line: 6 },
      'retention.maxBytes': { value: 20 * 1024 ** 3, line: 7 },
      'retention.automatic': { value: false, line: 8 },
    });
  });

  it.each(['', '# nothing\n', '---\n', 'store:\nretention: {}\n', 'data:\n  folder:\n'])(
    'finds nothing in %j',
    (text) => {
      expect(parse(text).size).toBe(0);
    },
  );

  it('shows every mistake with its place, and what was probably meant', () => {
    const shown = mistakesOf(
      'retension: {}\nretention:\n  keepDays: soon\n  keepruns: 3\nstore:\n  type: s33\n  bucket: 12\n',
    );
    expect(shown.split('\n')).toEqual([
      'the configuration has 5 mistakes',
      'config.yaml:1:1: error: there is no key "retension" in the configuration',
      '1 | retension: **',
      '  | ^^^^^^^^^',
      '  = did you mean "retention"?',
      'config.yaml:3:13: error: retention.keepDays: expected a number above 0, or unlimited',
      '3 |   keepDays: soon',
      '  |             ^^^^',
      'config.yaml:4:3: error: there is no key "keepruns" in the section "retention"',
      '4 |   keepruns: *',
      '  |   ^^^^^^^^',
      '  = did you mean "keepRuns"?',
      'config.yaml:6:9: error: store.type: expected folder, s3, oci',
      '6 |   type: s33',
      '  |         ^^^',
      'config.yaml:7:11: error: store.bucket: expected text',
      '7 |   bucket: 12',
      '  |           ^^',
    ]);
  });

  it.each([
    ['a literal', 'store:\n  secretAccessKey: hunter2'],
    ['a quoted literal', 'store: {secretAccessKey: "hunter2"}'],
    ['a block', 'store:\n  privateKey: |\n    -----BEGIN\n    hunter2\n'],
    ['a list', 'store:\n  passphrase: [hunter2]'],
  ])('refuses a secret in the file itself without showing it: %s', (_, text) => {
    const shown = mistakesOf(text);
    expect(shown).toMatch(
      /a secret is not written into this file|expected \{variable: NAME\} or \{file: PATH\}/,
    );
    expect(shown).not.toContain('hunter2');
  });

  it.each([
    'store: {secretAcessKey: hunter2}',
    'store:\n  secretAccessKey: {value: hunter2}',
    'store:\n  secretAccessKey: {variable: hunter2-is-no-name}',
    'store:\n  secretAccessKey: "hunter2\n  type: s3',
    'store:\n  secretAccessKey: hunter2\n   type: s3',
    'store: [secretAccessKey: hunter2]',
    'passphrase: hunter2\n\tx: y',
    'store:\n  sessionToken: hunter2\n  sessionToken: {variable: TOKEN}',
  ])('shows no secret that stands where none belongs: %j', (text) => {
    const shown = mistakesOf(text);
    expect(shown).toContain('error:');
    expect(shown).not.toContain('hunter2');
  });

  it.each([
    ['retention: {keepDays: 0}', 'expected a number above 0'],
    ['retention: {keepDays: -1}', 'expected a number above 0'],
    ['retention: {keepDays: .inf}', 'expected a number above 0'],
    ['retention: {keepRuns: 1.5}', 'expected a whole number from 1'],
    ['retention: {maxBytes: 3 apples}', 'expected a number of bytes'],
    ['retention: {automatic: yes}', 'expected true or false'],
    ['download: {port: 70000}', 'expected a port from 0 to 65535'],
    [
      'store: {endpoint: "https://me:hunter2@x"}',
      'expected an http:// or https:// address without credentials',
    ],
    ['download: {drainTimeout: soon}', 'expected a time such as 90s'],
    ['download: {token: hunter2}', 'a secret is not written into this file'],
    ['store: {endpoint: s3.local}', 'expected an http:// or https:// address'],
    ['data: {folder: ""}', 'expected a path'],
    ['data: {folder: "a\\0b"}', 'expected a path'],
    ['data: /srv', 'expected a map of keys in the section "data"'],
    ['[1]', 'expected a map of keys in the configuration'],
    ['retention: {keepDays: 1, keepDays: 2}', 'this key is there twice'],
    ['a: &a 1\nretention: {keepRuns: *a}', 'anchors and aliases have no use here'],
    ['retention: {keepRuns: 1}\n---\n{}', 'a second document begins here'],
    ['? [a]\n: 1', 'this is no key of the configuration'],
    ['__proto__: {x: 1}', 'there is no key "__proto__" in the configuration'],
  ])('says what is wrong in %j', (text, message) => {
    expect(mistakesOf(text)).toContain(message);
  });

  it('answers a hundred thousand brackets', () => {
    expect(mistakesOf('['.repeat(100_000))).toContain('error:');
  });

  it('answers any text with values or with mistakes', () => {
    const line = fc.stringMatching(
      /^ {0,4}(store|type|keepDays|secretAccessKey|[^\n]{0,6}):? ?([{[&*!|>"'#]|s3|3)?$/,
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parse(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError);
          expect((error as ConfigurationError).diagnostics.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});
