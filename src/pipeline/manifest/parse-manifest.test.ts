import { describe, expect, test } from 'vitest';
import { parseManifest } from './parse-manifest.ts';

const parse = (text: string) => parseManifest(text, { file: 'step.yml' });

describe('parseManifest', () => {
  test('reads what a step says of itself, with its properties as a list', () => {
    expect(
      parse(`
name: create-file
version: 1.10
description: Makes a file
keywords: [file]
properties:
  - name: filename
    type: string
    required: true
  - name: mode
    type: int
    default: 0644
  - name: token
    type: password
  - name: key
    secret: yes
  - name: overwrite
    type: boolean
    default: false
`),
    ).toEqual({
      manifest: {
        name: 'create-file',
        version: '1.10',
        summary: 'Makes a file',
        tags: ['file'],
        properties: [
          { name: 'filename', type: 'string', required: true, secret: false },
          { name: 'mode', type: 'int', required: false, default: '0644', secret: false },
          { name: 'token', type: 'password', required: false, secret: true },
          { name: 'key', type: 'string', required: false, secret: true },
          { name: 'overwrite', type: 'boolean', required: false, default: 'false', secret: false },
        ],
      },
      diagnostics: [],
    });
  });

  test('reads the older form with properties as a map, and ignores keys that say nothing to it', () => {
    expect(
      parse(`
name: old
display-name: Old
type: build,deploy
required-packages: [curl]
summary: wins
description: loses
properties:
  url:
    type: string
    required: true
  retries: {type: integer, default: 3}
  plain:
`),
    ).toMatchObject({
      manifest: {
        summary: 'wins',
        properties: [
          { name: 'url', required: true },
          { name: 'retries', type: 'int', default: '3' },
          { name: 'plain', type: 'string', required: false },
        ],
      },
      diagnostics: [],
    });
  });

  test.each(['', '# nothing\n'])('takes an empty manifest as one that says nothing', (text) => {
    expect(parse(text)).toEqual({ manifest: { properties: [] }, diagnostics: [] });
  });

  test.each(['- a\n', 'text', 'a: [', 'a: b: c', '\ta: b'])(
    'only warns of a manifest that cannot be used: %j',
    (text) => {
      const { manifest, diagnostics } = parse(text);
      expect(manifest).toBeUndefined();
      expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    },
  );

  test('leaves out properties that are wrong, and keeps the rest', () => {
    const { manifest, diagnostics } = parse(
      'properties:\n  - type: int\n  - text\n  - name: a\n    required: perhaps\n    default: [1]\n',
    );
    expect(manifest?.properties).toEqual([{ name: 'a', type: 'string', required: false, secret: false }]);
    expect(diagnostics.map(({ code, range }) => [code, range?.start.line])).toEqual([
      ['bad-property', 2],
      ['bad-property', 3],
      ['wrong-type', 5],
      ['wrong-type', 6],
    ]);
  });

  test('lets the last of two properties of one name win', () => {
    const { manifest } = parse('properties:\n  - {name: a, default: 1}\n  - {name: a, default: 2}\n');
    expect(manifest?.properties).toMatchObject([{ default: '2' }]);
  });
});
