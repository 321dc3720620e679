import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { UsageError } from '../../src/cli/exit-code.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { parseArguments } from '../../src/cli/flag-values.ts';
import { programOf } from '../../src/cli/programs.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = globSync(['README.md', 'docs/**/*.md', 'examples/**/*.md', 'deploy/**/*.md'], { cwd: ROOT });
const PROGRAMS = new Set(['slipway', 'wercker', 'runner-download', 'docker-worker']);

/** Lines of the blocks that a person would paste into a shell; a line that goes on is one. */
function shellLines(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return Array.from(text.matchAll(/^ *```(?:sh|shell|bash|console)\n([\s\S]*?)^ *```/gm))
    .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .map((line) => line.trim().replace(/^\$ /, ''));
}

/** The words of a line up to where the shell does something else: a comment, a pipe, another file, the next command. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [found, double, single] of line.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|[^\s"']+/g)) {
    if (double === undefined && single === undefined && /^(?:#|\||&|;|<|\d?>)/.test(found)) break;
    words.push((double ?? single ?? found).replace(/;$/, ''));
    if (found.endsWith(';')) break;
  }
  return words;
}

/** What a line asks of one of our programs; variables before it and `sudo` are the shell's business. */
function asked(line: string): { readonly program: string; readonly words: readonly string[] } | undefined {
  const words = wordsOf(line);
  const at = words.findIndex((word) => word !== 'sudo' && !/^[A-Z_][A-Z0-9_]*=/.test(word));
  const program = words[at];
  if (program === undefined || !PROGRAMS.has(program)) return undefined;
  return { program, words: words.slice(at + 1) };
}

const LINES = PAGES.flatMap((page) =>
  shellLines(page).flatMap((line) => {
    const found = asked(line);
    return found === undefined ? [] : [{ ...found, page, line }];
  }),
);

it('command lines are found in the pages', () => {
  expect(LINES.length).toBeGreaterThan(100);
});

/** Why the program would not understand it; `undefined`: it would. */
function mistake({ program: name, words }: (typeof LINES)[number]): string | undefined {
  if (words.length === 1 && words[0] === '--version') return undefined;
  const program = programOf(name);
  try {
    const { command, rest } = findCommand(program, words);
    if (command === undefined || rest.some((word) => word === '--help' || word === '-h')) return undefined;
    const known = [...command.flags, ...program.globalFlags];
    const given = rest.filter((word) => word !== '…');
    const { positionals } = parseArguments(given, known, {});
    return positionals.length > command.maxArguments ? `too many words: ${positionals.join(' ')}` : undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

it('are all understood by the program as it is', () => {
  const mistakes = LINES.flatMap((asked) => {
    const found = mistake(asked);
    return found === undefined ? [] : [`${asked.page}: ${asked.line}: ${found}`];
  });
  expect(mistakes).toEqual([]);
});
