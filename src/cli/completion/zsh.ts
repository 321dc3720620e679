import type { Program } from '../programs.ts';
import {
  type CommandWords,
  completionWords,
  type FlagWords,
  functionPrefix,
  globalWords,
  type Source,
} from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Within a description, brackets and colons would end it. */
const escapeSigns = (text: string): string => text.replaceAll(/[\\[\]:]/g, (sign) => `\\${sign}`);

function action(source: Source): string {
  switch (source.kind) {
    case 'any':
      return '( )';
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'words':
      return `(${source.words.map((word) => word.replaceAll(' ', '\\ ')).join(' ')})`;
    case 'names':
      return ` _slipway_names ${source.of}`; // the space keeps zsh from putting words of its own before it
  }
}

function flagSpec({ name, about, value }: FlagWords): string {
  const rest = value === undefined ? '' : `:value:${action(value)}`;
  return quote(`--${name}${value === undefined ? '' : '='}[${escapeSigns(about)}]${rest}`);
}

const specs = (flags: readonly FlagWords[]): string =>
  flags.map((flag) => `\\\n        ${flagSpec(flag)}`).join(' ');

const described = (commands: readonly CommandWords[]): string =>
  commands.map(({ words, about }) => quote(`${escapeSigns(words[0] ?? '')}:${about}`)).join(' ');

const functionName = (prefix: string, path: string): string => `${prefix}_${path.replaceAll(/\W/g, '_')}`;

/** A function for each command; one with subcommands hands on to theirs. */
function commandFunctions(prefix: string, { path, flags, argument, subcommands }: CommandWords): string[] {
  const name = functionName(prefix, path);
  const own =
    subcommands.length > 0
      ? groupFunction(prefix, { name, flags, commands: subcommands })
      : `${name}() {\n  _arguments -s ${specs(flags)} \\\n        ${quote(`*:argument:${action(argument)}`)}\n}`;
  return [own, ...subcommands.flatMap((each) => commandFunctions(prefix, each))];
}

interface Group {
  readonly name: string;
  readonly flags: readonly FlagWords[];
  readonly commands: readonly CommandWords[];
}

function groupFunction(prefix: string, { name, flags, commands }: Group): string {
  const cases = commands.map(
    ({ path, words }) => `        ${words.join('|')}) ${functionName(prefix, path)} ;;`,
  );
  return `${name}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(${described(commands)})
  _arguments -C ${specs(flags)} \\
        '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

/** The completion script for zsh. */
export function zshCompletion(program: Program): string {
  const top = completionWords(program);
  const prefix = functionPrefix(program);
  const names = program.names.join(' ');
  return `#compdef ${names}
# Completion of ${program.names[0]} for zsh.
_slipway_names() {
  local -a names
  names=(\${(f)"$(slipway completion $1 2>/dev/null)"})
  compadd -a names
}
${top.flatMap((each) => commandFunctions(prefix, each)).join('\n')}
${groupFunction(prefix, { name: prefix, flags: globalWords(program), commands: top })}
if [[ $funcstack[1] == ${prefix} ]]; then ${prefix} "$@"; else compdef ${prefix} ${names}; fi
`;
}
