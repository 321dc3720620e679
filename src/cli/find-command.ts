import { suggest } from '../kernel/index.ts';
import type { Command } from './command.ts';
import { EXIT, UsageError } from './exit-code.ts';
import type { Flag } from './flag.ts';
import type { Program } from './programs.ts';

export interface FoundCommand {
  /** Absent: help for the whole program is wanted. */
  readonly command?: Command;
  /** The words of the line without the command. */
  readonly rest: readonly string[];
  /** The words that belong to another program, for a command that passes them on. */
  readonly passedOn?: readonly string[];
}

const HELP = ['-h', '--help', '-help'];

// Flags may come before the command, so those that take a value have to be known before it is.
const flagsBefore = ({ commands, globalFlags, otherwise }: Program): Flag[] => [
  ...globalFlags,
  ...(otherwise?.flags ?? []),
  ...commands.filter(({ passThrough }) => passThrough).flatMap(({ flags }) => flags),
];

/** Where the command is: the first word that is neither a flag nor its value. */
function commandAt(words: readonly string[], flags: readonly Flag[]): number {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) return i;
    const given = word.replace(/^--?/, '');
    const flag = flags.find(({ name, short }) => name === given || short === given);
    if (flag?.value !== undefined) i += 1;
  }
  return -1;
}

const lastWord = (name: string): string => name.slice(name.lastIndexOf(' ') + 1);

const isCalled = (command: Command, name: string | undefined): boolean =>
  name !== undefined && (lastWord(command.name) === name || command.short === name);

function named(name: string, commands: readonly Command[], parent?: Command): Command {
  const command = commands.find((each) => isCalled(each, name));
  if (command !== undefined) return command;
  const near = suggest(
    name,
    commands.map((each) => lastWord(each.name)),
  );
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  const whole = parent === undefined ? name : `${parent.name} ${name}`;
  throw new UsageError(`unknown command "${whole}"${hint}`, EXIT.unknownCommand, parent?.name);
}

/** More words than the command takes, the first of them much like one of its subcommands: `runs kep latest`. */
function isMistyped(
  { subcommands = [], maxArguments }: Command,
  name: string | undefined,
  rest: readonly string[],
): boolean {
  const words = rest.filter((word) => !word.startsWith('-'));
  const names = subcommands.map((each) => lastWord(each.name));
  return name !== undefined && words.length > maxArguments && suggest(name, names) !== undefined;
}

/** Goes on to the subcommand that the next word names. */
function descend(program: Program, command: Command, rest: readonly string[]): FoundCommand {
  const { subcommands } = command;
  if (subcommands === undefined) return { command, rest };
  const at = commandAt(rest, [...program.globalFlags, ...command.flags]);
  const [name] = at < 0 ? [] : rest.slice(at);
  const isSubcommand = subcommands.some((each) => isCalled(each, name)) || isMistyped(command, name, rest);
  if (command.worksAlone && !isSubcommand) return { command, rest };
  if (name !== undefined) {
    const found = named(name, subcommands, command);
    if (found.passThrough) return { command: found, rest: rest.slice(0, at), passedOn: rest.slice(at + 1) };
    return { command: found, rest: rest.toSpliced(at, 1) };
  }
  if (rest.some((word) => HELP.includes(word))) return { command, rest };
  const words = subcommands.map((each) => lastWord(each.name)).join(', ');
  throw new UsageError(`${command.name} needs one more word: ${words}`, EXIT.usage, command.name);
}

/** Finds what a line asks of a program. Throws `UsageError`. */
export function findCommand(program: Program, words: readonly string[]): FoundCommand {
  const at = commandAt(words, flagsBefore(program));
  const [name] = at < 0 ? [] : words.slice(at);
  const { otherwise, commands } = program;
  const isOther = name !== 'help' && !commands.some((command) => isCalled(command, name));
  if (otherwise !== undefined && isOther && !words.some((word) => HELP.includes(word)))
    return { command: otherwise, rest: words };
  if (name === undefined) {
    const unknown = words.find((word) => !HELP.includes(word));
    if (unknown !== undefined) throw new UsageError(`there is no command in: ${words.join(' ')}`);
    return { rest: words };
  }
  if (name === 'help') return findTopic(program, words.toSpliced(at, 1));
  const command = named(name, program.commands);
  if (command.passThrough) return { command, rest: words.slice(0, at), passedOn: words.slice(at + 1) };
  return descend(program, command, words.toSpliced(at, 1));
}

/** `help`, `help COMMAND`, `help COMMAND SUBCOMMAND` */
function findTopic(program: Program, [topic, subtopic]: readonly string[]): FoundCommand {
  if (topic === undefined) return { rest: [] };
  const command = named(topic, program.commands);
  if (subtopic === undefined || command.subcommands === undefined) return { command, rest: ['--help'] };
  return { command: named(subtopic, command.subcommands, command), rest: ['--help'] };
}
