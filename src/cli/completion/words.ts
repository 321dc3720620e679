import type { Command } from '../command.ts';
import type { Flag } from '../flag.ts';
import type { Program } from '../programs.ts';

/** What may stand in one place of a command line. */
export type Source =
  /** Anything: there is nothing to offer. */
  | { readonly kind: 'any' }
  | { readonly kind: 'files' }
  | { readonly kind: 'folders' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Names that the `wercker.yml` of the current folder gives, or the artifacts of this machine. */
  | { readonly kind: 'names'; readonly of: NameKind };

export const NAME_KINDS = ['pipelines', 'workflows', 'refs'] as const;

export type NameKind = (typeof NAME_KINDS)[number];

/** A flag as shells complete it. */
export interface FlagWords {
  readonly name: string;
  readonly about: string;
  /** Absent: it takes no value. */
  readonly value?: Source;
}

/** A command as shells complete it. */
export interface CommandWords {
  /** `step publish` */
  readonly path: string;
  /** Its last word, and the short one. */
  readonly words: readonly string[];
  readonly about: string;
  readonly flags: readonly FlagWords[];
  readonly argument: Source;
  readonly subcommands: readonly CommandWords[];
}

/** Everything that can be completed, from the table of commands. */
export const completionWords = (program: Program): CommandWords[] =>
  program.commands.map((command) => commandWords(command, program));

export const globalWords = ({ globalFlags }: Program): FlagWords[] => shownFlags(globalFlags);

/** What the functions of a program's script are called. */
export const functionPrefix = ({ names }: Program): string => `_${names[0].replaceAll(/\W/g, '_')}`;

function commandWords(command: Command, program: Program): CommandWords {
  const { name, short, about, flags, subcommands = [] } = command;
  return {
    path: name,
    words: [name.slice(name.lastIndexOf(' ') + 1), ...(short === undefined ? [] : [short])],
    about,
    flags: shownFlags([...flags, ...program.globalFlags]),
    argument: argumentSource(command, program.commands),
    subcommands: subcommands.map((each) => commandWords(each, program)),
  };
}

const shownFlags = (flags: readonly Flag[]): FlagWords[] =>
  flags
    .filter(({ hidden }) => !hidden)
    .map((flag) => ({
      name: flag.name,
      about: flag.about,
      ...(flag.value === undefined ? {} : { value: flagSource(flag) }),
    }));

function flagSource({ name, value = '', choices }: Flag): Source {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (name === 'pipeline') return { kind: 'names', of: 'pipelines' };
  return sourceOf(value);
}

const firstWord = (text: string): string => text.trim().split(' ', 1)[0] ?? '';

/** What a word of help says that stands for a value: `FILE`, `DIR`, `0|1`. */
function sourceOf(word: string): Source {
  if (word.includes('|') && !/^[A-Z]+\b/.test(word)) {
    return { kind: 'words', words: word.split('|').map(firstWord) };
  }
  if (/\bFILE\b/.test(word)) return { kind: 'files' };
  if (/\b(DIR|TARGET)\b/.test(word)) return { kind: 'folders' };
  if (/\bPIPELINE\b/.test(word)) return { kind: 'names', of: 'pipelines' };
  return { kind: 'any' };
}

/** Commands that take what is in this machine's cache; `commit` and `pull` name what is not. */
const ABOUT_ARTIFACTS: ReadonlySet<string> = new Set(
  ['show', 'checkout', 'log', 'push', 'remove', 'pin', 'unpin'].map((word) => `cache ${word}`),
);

function argumentSource({ name, arguments: words = '' }: Command, all: readonly Command[]): Source {
  if (name === 'completion') return { kind: 'words', words: ['bash', 'zsh', 'fish'] };
  if (name === 'workflow') return { kind: 'names', of: 'workflows' };
  if (ABOUT_ARTIFACTS.has(name)) return { kind: 'names', of: 'refs' };
  if (/\bCOMMAND\b/.test(words)) return { kind: 'words', words: all.map((each) => each.name) };
  const [, first = words] = /^\[([^\]]*)\]/.exec(words) ?? [];
  return sourceOf(first);
}

/** A command with all that are below it. */
export const withSubcommands = (command: CommandWords): CommandWords[] => [
  command,
  ...command.subcommands.flatMap(withSubcommands),
];
