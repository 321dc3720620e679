import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/contracts/conformance.md'), 'utf8');
const ROWS = PAGE.split('\n').filter((line) => /^\| (?!original|the original|what \||-)/.test(line));

/** A file of tests, and what the page says that tests in it are called. */
interface Claim {
  readonly file: string;
  readonly titles: readonly string[];
}

/** Titles belong to the file that was named last before them. */
function claimsOf(row: string): readonly Claim[] {
  const claims: { file: string; titles: string[] }[] = [];
  for (const [, file, title] of row.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`|“([^”]+)”/g)) {
    if (file !== undefined) claims.push({ file, titles: [] });
    else claims.at(-1)?.titles.push(title ?? '');
  }
  return claims;
}

describe('the page about conformance', () => {
  it('has a row for each of many tests', () => {
    expect(ROWS.length).toBeGreaterThan(100);
  });

  it.each(ROWS.map((row): [string, string] => [row.split('|')[1]?.trim() ?? '', row]))(
    'names tests that are there, or says why there is none: %s',
    (_what, row) => {
      const claims = claimsOf(row);
      if (claims.length === 0) expect(row).toContain('no meaning here');
      for (const { file, titles } of claims) {
        const text = readFileSync(join(ROOT, file), 'utf8');
        expect(
          titles.filter((title) => !text.includes(title)),
          file,
        ).toEqual([]);
        expect(titles.length, file).toBeGreaterThan(0);
      }
    },
  );
});
