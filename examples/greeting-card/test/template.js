import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileCached } from '../src/compile-cached.js';
import { compile, render } from '../src/template.js';

test('values are filled in and escaped', () => {
  assert.equal(render(compile('To {{who}}!'), { who: '<Ann & Bob>' }), 'To &lt;Ann &amp; Bob&gt;!');
});

test('a list repeats its part, with {{.}} for the item', () => {
  assert.equal(
    render(compile('{{#all}}[{{.}} of {{n}}]{{/all}}'), { all: [1, 2], n: 2 }),
    '[1 of 2][2 of 2]',
  );
});

test('a line that holds only the tag of a list leaves no empty line', () => {
  assert.equal(render(compile('{{#all}}\n- {{.}}\n{{/all}}\nend'), { all: ['a', 'b'] }), '- a\n- b\nend');
});

test('a name that the data does not have is an error', () => {
  assert.throws(() => render(compile('{{toString}}'), {}), /asks for "toString"/);
});

test('lists must be closed, and only what is open', () => {
  assert.throws(() => compile('{{#all}}'), /never closed/);
  assert.throws(() => compile('{{/all}}'), /not open/);
});

test('a template is compiled once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'card-'));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(compileCached('a {{b}}', folder).cached, false);
  const again = compileCached('a {{b}}', folder);
  assert.equal(again.cached, true);
  assert.equal(render(again.parts, { b: 'c' }), 'a c');
});
