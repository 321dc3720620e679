import type { Command } from '../command.ts';
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

function flagLine({ name, about, value }: FlagWords, condition: string): string {
  const taken = value === undefined ? '' : ` ${value.kind === 'files' ? '-r' : '-x'}${action(value)}`;
  return `complete -c slipway${condition} -l ${name}${taken} -d ${quote(about)}`;
}

const seen = (words: readonly string[]): string => `__fish_seen_subcommand_from ${words.join(' ')}`;

function commandLines({ words, flags, argument, subcommands }: CommandWords, before: string): string[] {
  const within = before === '' ? seen(words) : `${before}; and ${seen(words)}`;
  const siblings = subcommands.flatMap((each) => each.words);
  const notBelow = siblings.length === 0 ? within : `${within}; and not ${seen(siblings)}`;
  const condition = ` -n ${quote(notBelow)}`;
  return [
    ...(argument.kind === 'any' ? [] : [`complete -c slipway${condition}${action(argument)}`]),
    ...flags.map((flag) => flagLine(flag, condition)),
    ...subcommands.flatMap((each) => [nameLine(each, notBelow), ...commandLines(each, within)]),
  ];
}

const nameLine = ({ words, about }: CommandWords, condition: string): string =>
  `complete -c slipway -n ${quote(condition)} -a ${words[0]} -d ${quote(about)}`;

/** The completion script for fish. */
export function fishCompletion(commands: readonly Command[]): string {
  const top = completionWords(commands);
  const lines = [
    '# Completion of slipway for fish.',
    'complete -c slipway -f',
    ...top.map((each) => nameLine(each, '__fish_use_subcommand')),
    ...globalWords().map((flag) => flagLine(flag, ` -n '__fish_use_subcommand'`)),
    ...top.flatMap((each) => commandLines(each, '')),
    'complete -c wercker -w slipway',
  ];
  return `${lines.join('\n')}\n`;
}
