import type { Command, CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import type { Flag } from '../flag.ts';
import { GLOBAL_FLAGS } from '../flags.ts';

const visible = (flags: readonly Flag[]): string =>
  [...flags, ...GLOBAL_FLAGS]
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => `--${name}`)
    .join(' ');

type Script = (commands: readonly Command[]) => string;

const namesOf = (commands: readonly Command[]): string => commands.map(({ name }) => name).join(' ');

const bash: Script = (commands) => {
  const cases = commands.map(({ name, flags }) => `    ${name}) words="${visible(flags)}" ;;`).join('\n');
  return `_slipway() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words="${namesOf(commands)}"
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]}" in
${cases}
    esac
    case "$word" in -*) ;; *) COMPREPLY=($(compgen -f -- "$word")); return ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _slipway slipway wercker
`;
};

const zsh: Script = (commands) => {
  const cases = commands
    .map(({ name, flags }) => `    ${name}) compadd -- ${visible(flags)}; _files ;;`)
    .join('\n');
  return `#compdef slipway wercker
_slipway() {
  if (( CURRENT == 2 )); then compadd -- ${namesOf(commands)}; return; fi
  case "$words[2]" in
${cases}
  esac
}
compdef _slipway slipway wercker
`;
};

const fish: Script = (commands) => {
  const lines = commands.flatMap(({ name, about, flags }) => [
    `complete -c slipway -n __fish_use_subcommand -a ${name} -d '${about.replaceAll("'", "\\'")}'`,
    ...[...flags, ...GLOBAL_FLAGS]
      .filter(({ hidden }) => !hidden)
      .map((flag) => `complete -c slipway -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}`),
  ]);
  return `${lines.join('\n')}\n`;
};

const SHELLS: Readonly<Record<string, Script>> = { bash, zsh, fish };

/** `slipway completion SHELL` */
export function completion({ positionals, stdout, commands }: CommandContext): Promise<number> {
  const script = SHELLS[positionals[0] ?? ''];
  if (script === undefined) throw new UsageError('completion: name the shell: bash, zsh or fish');
  stdout.write(script(commands));
  return Promise.resolve(EXIT.passed);
}
