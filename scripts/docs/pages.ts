import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationTables } from '../../src/config/testing/configuration-page.ts';
import { commandsPage } from './commands-page.ts';
import { jsonLinesPage } from './json-lines-page.ts';
import { metricsTables } from './metrics-tables.ts';

export interface GeneratedPage {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Every page that is made from code, as it is to be. Of some only what follows a heading is. */
export async function generatedPages(root: string): Promise<readonly GeneratedPage[]> {
  /** The page as it is up to a heading, which nobody generates, and after it what is made. */
  const behind = (path: string, heading: string, made: string): GeneratedPage => {
    const text = readFileSync(join(root, path), 'utf8');
    const at = text.indexOf(`\n${heading}\n`);
    if (at < 0) throw new Error(`${path} has no heading "${heading}", after which its tables are written`);
    return { path, text: `${text.slice(0, at)}\n${heading}\n\n${made}\n` };
  };
  return [
    { path: 'docs/reference/commands.md', text: commandsPage() },
    { path: 'docs/reference/json-lines.md', text: jsonLinesPage() },
    behind('docs/configuration.md', '## Fields', configurationTables()),
    behind('docs/metrics.md', '## All metrics', await metricsTables()),
  ];
}
