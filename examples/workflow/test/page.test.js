import { strictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

test('the page has an item for every line', () => {
  const page = readFileSync('poem.html', 'utf8');
  strictEqual(page.match(/<li>/g)?.length, 4);
});
