import type { Program } from '../programs.ts';
import {
  type CommandWords,
  completionWords,
  functionPrefix,
  globalWords,
  type Source,
  withSubcommands,
} from './words.ts';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What fills COMPREPLY with what may stand there. */
function reply(source: Source): string {
  switch (source.kind) {
    case 'any':
      return ':';
    case 'files':
      return '_slipway_paths -f';
    case 'folders':
      return '_slipway_paths -d';
    case 'words':
      return `_slipway_words ${quote(source.words.join(' '))}`;
    case 'names':
      return `_slipway_words "$(_slipway_names ${source.of})"`;
  }
}

/** `"before:word"` for each way to call it, and what is called then. */
function pathCases(commands: readonly CommandWords[], before: string): string[] {
  return commands.flatMap(({ path, words, subcommands }) => [
    `      ${words.map((word) => quote(`${before}:${word}`)).join('|')}) command=${quote(path)} ;;`,
    ...pathCases(subcommands, path),
  ]);
}

/** Flags that take a value for some commands and none for others: `output` as a folder here, as a switch there. */
function ambiguous(flags: CommandWords['flags']): ReadonlySet<string> {
  const switches = new Set(flags.filter(({ value }) => value === undefined).map(({ name }) => name));
  return new Set(flags.flatMap(({ name, value }) => (value && switches.has(name) ? [name] : [])));
}

/** The flags behind which a value follows: `--flag`, or `COMMAND:--flag` where that is not so for all commands. */
function valuedFlags(commands: readonly CommandWords[], others: CommandWords['flags']): string[] {
  const differing = ambiguous(commands.flatMap(({ flags }) => flags));
  const names = commands.flatMap(({ path, flags }) =>
    flags.flatMap(({ name, value }) =>
      value === undefined ? [] : [differing.has(name) ? `${path}:--${name}` : `--${name}`],
    ),
  );
  return [...new Set([...names, ...others.flatMap(({ name, value }) => (value ? [`--${name}`] : []))])];
}

/** One case per flag that takes a value; the command is named where the same flag differs between commands. */
function valueCases(commands: readonly CommandWords[]): string[] {
  const replies = new Map<string, Map<string, string[]>>();
  for (const { path, flags } of commands) {
    for (const { name, value } of flags) {
      if (value === undefined) continue;
      const known = replies.get(name) ?? new Map<string, string[]>();
      replies.set(name, known.set(reply(value), [...(known.get(reply(value)) ?? []), path]));
    }
  }
  const differing = ambiguous(commands.flatMap(({ flags }) => flags));
  return [...replies].flatMap(([name, known]) =>
    [...known].map(([text, paths]) => {
      const patterns =
        known.size === 1 && !differing.has(name)
          ? [`*:--${name}`]
          : paths.map((path) => quote(`${path}:--${name}`));
      return `    ${patterns.join('|')}) ${text}; return ;;`;
    }),
  );
}

const flagList = (flags: CommandWords['flags']): string => flags.map(({ name }) => `--${name}`).join(' ');

function wordCase({ path, flags, argument, subcommands }: CommandWords): string {
  const below: Source = { kind: 'words', words: subcommands.flatMap(({ words }) => words) };
  const other = subcommands.length > 0 ? below : argument;
  return `    ${quote(path)}) flags=${quote(flagList(flags))}; [[ $cur == -* ]] || ${reply(other)} ;;`;
}

/** The completion script for bash. */
export function bashCompletion(program: Program): string {
  const top = completionWords(program);
  const main = functionPrefix(program);
  const all = top.flatMap(withSubcommands);
  const names = valuedFlags(all, globalWords(program));
  return `# Completion of ${program.names[0]} for bash.
_slipway_names() { "\${COMP_WORDS[0]}" completion "$1" 2>/dev/null; }
_slipway_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_slipway_paths() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
${main}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command='' flags='' i
  local valued=${quote(` ${names.join(' ')} `)}
  COMPREPLY=()
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    local word="\${COMP_WORDS[i]}"
    if [[ $word == -* ]]; then
      [[ \${COMP_WORDS[i + 1]} == '=' ]] && ((i += 2)) && continue
      [[ $valued == *" $word "* || $valued == *" $command:$word "* ]] && ((i++))
      continue
    fi
    case "$command:$word" in
${pathCases(top, '').join('\n')}
    esac
  done
  case "$command:$previous" in
${valueCases(all).join('\n')}
  esac
  case "$command" in
    '') flags=${quote(flagList(globalWords(program)))}; [[ $cur == -* ]] || ${reply({ kind: 'words', words: top.flatMap(({ words }) => words.slice(0, 1)) })} ;;
${all.map(wordCase).join('\n')}
  esac
  [[ $cur == -* ]] && _slipway_words "$flags"
  return 0
}
complete -F ${main} ${program.names.join(' ')}
`;
}
