import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** The files that a page links to, as paths from the root; addresses of other sites are left out. */
function linked(page: string): string[] {
  const targets = Array.from(textOf(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '')
    .map((target) => relative(ROOT, resolve(ROOT, dirname(page), target)));
}

/** Files of this repository that a page names without a link: `docs/events.md`. */
function named(page: string): string[] {
  const names = textOf(page).matchAll(/`((?:bench|bin|deploy|docs|examples|scripts|src|test)\/[\w./-]+)`/g);
  return Array.from(names, ([, name = '']) => name);
}

describe('the pages', () => {
  it.each(PAGES)('%s leads only to files that are there', (page) => {
    expect([...linked(page), ...named(page)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('can all be reached from README.md', () => {
    const seen = new Set(['README.md']);
    for (const page of seen) if (page.endsWith('.md')) for (const next of linked(page)) seen.add(next);
    const topics = PAGES.filter((page) => page.startsWith('docs/') && !page.startsWith('docs/decisions/'));
    expect(topics.length).toBeGreaterThan(10);
    expect(topics.filter((page) => !seen.has(page))).toEqual([]);
  });
});
