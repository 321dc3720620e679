import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedPages } from '../../scripts/docs/pages.ts';
import type { Command } from '../../src/cli/command.ts';
import { EXIT } from '../../src/cli/exit-code.ts';
import { commandManPage } from '../../src/cli/man-page.ts';
import { type Program, programOf } from '../../src/cli/programs.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = await generatedPages(ROOT);

describe('pages that are made from code', () => {
  it.each(PAGES)('$path is as `npm run docs` makes it', ({ path, text }) => {
    const file = join(ROOT, path);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
  });

  const everyCommand = (commands: readonly Command[]): Command[] =>
    commands.flatMap((command) => [command, ...everyCommand(command.subcommands ?? [])]);

  it('have every command and flag, and so has the manual', () => {
    const page = PAGES.find(({ path }) => path.endsWith('commands.md'))?.text ?? '';
    const program: Program = programOf('slipway');
    for (const command of everyCommand(program.commands)) {
      expect(page).toContain(`\n### slipway ${command.name}\n`);
      const manual = commandManPage(command, { program, version: '1' });
      for (const { name, hidden } of command.flags) {
        if (hidden) continue;
        expect(page).toContain(`\`--${name}`);
        expect(manual).toContain(`--${name}`.replaceAll('-', '\\-'));
      }
    }
  });

  it('name every exit code', () => {
    const page = readFileSync(join(ROOT, 'docs/exit-codes.md'), 'utf8');
    for (const code of Object.values(EXIT)) expect(page).toContain(`\n| ${code} |`);
  });
});
