// Writes the pages, and the parts of pages, that say what the code says: `npm run docs`. A test compares them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedPages } from './docs/pages.ts';

const root = join(import.meta.dirname, '..');
for (const { path, text } of await generatedPages(root)) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  if (readOr(file) === text) continue;
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it is not there yet
  }
}
