import type { Program } from '../programs.ts';
import { type CommandWords, completionWords, type FlagWords, globalWords, type Source } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** What may stand there; files only where they are wanted. */
function action(source: Source): string {
  switch (source.kind) {
    case 'any':
      return '';
    case 'files':
      return ' -F';
    case 'folders':
      return ` -a '(__fish_complete_directories)'`;
    case 'words':
      return ` -a ${quote(source.words.join(' '))}`;
    case 'names':
      return ` -a '(slipway completion ${source.of} 2>/dev/null)'`;
  }
}

function flagLine(program: string, { name, about, value }: FlagWords, condition: string): string {
  const taken = value === undefined ? '' : ` ${value.kind === 'files' ? '-r' : '-x'}${action(value)}`;
  return `complete -c ${program}${condition} -l ${name}${taken} -d ${quote(about)}`;
}

const seen = (words: readonly string[]): string => `__fish_seen_subcommand_from ${words.join(' ')}`;

function commandLines(
  program: string,
  { words, flags, argument, subcommands }: CommandWords,
  before: string,
): string[] {
  const within = before === '' ? seen(words) : `${before}; and ${seen(words)}`;
  const siblings = subcommands.flatMap((each) => each.words);
  const notBelow = siblings.length === 0 ? within : `${within}; and not ${seen(siblings)}`;
  const condition = ` -n ${quote(notBelow)}`;
  return [
    ...(argument.kind === 'any' ? [] : [`complete -c ${program}${condition}${action(argument)}`]),
    ...flags.map((flag) => flagLine(program, flag, condition)),
    ...subcommands.flatMap((each) => [
      nameLine(program, each, notBelow),
      ...commandLines(program, each, within),
    ]),
  ];
}

const nameLine = (program: string, { words, about }: CommandWords, condition: string): string =>
  `complete -c ${program} -n ${quote(condition)} -a ${words[0]} -d ${quote(about)}`;

/** The completion script for fish. */
export function fishCompletion(program: Program): string {
  const top = completionWords(program);
  const [name, ...others] = program.names;
  const lines = [
    `# Completion of ${name} for fish.`,
    `complete -c ${name} -f`,
    ...top.map((each) => nameLine(name, each, '__fish_use_subcommand')),
    ...globalWords(program).map((flag) => flagLine(name, flag, ` -n '__fish_use_subcommand'`)),
    ...top.flatMap((each) => commandLines(name, each, '')),
    ...others.map((other) => `complete -c ${other} -w ${name}`),
  ];
  return `${lines.join('\n')}\n`;
}
