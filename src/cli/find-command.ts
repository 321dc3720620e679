import { suggest } from '../kernel/index.ts';
import type { Command } from './command.ts';
import { COMMANDS, LATER_COMMANDS } from './commands.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { GLOBAL_FLAGS } from './flags.ts';

export interface FoundCommand {
  /** Absent: help for the whole program is wanted. */
  readonly command?: Command;
  /** The words of the line without the command. */
  readonly rest: readonly string[];
}

const isHelp = (word: string): boolean => word === '-h' || word === '--help' || word === '-help';

/** Where the command is: the first word that is neither a global flag nor its value. */
function commandAt(words: readonly string[]): number {
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) return i;
    const flag = GLOBAL_FLAGS.find(({ name }) => name === word.replace(/^--?/, ''));
    if (flag?.value !== undefined) i += 1;
  }
  return -1;
}

function named(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name || candidate.short === name);
  if (command !== undefined) return command;
  if (LATER_COMMANDS.includes(name)) {
    throw new UsageError(`the command "${name}" is not part of this version yet`, EXIT.unknownCommand);
  }
  const near = suggest(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  throw new UsageError(`unknown command "${name}"${hint}`, EXIT.unknownCommand);
}

export function findCommand(words: readonly string[]): FoundCommand {
  const at = commandAt(words);
  const [name] = words.slice(at);
  if (at < 0 || name === undefined) {
    const unknown = words.find((word) => !isHelp(word));
    if (unknown !== undefined) throw new UsageError(`there is no command in: ${words.join(' ')}`);
    return { rest: words };
  }
  const rest = words.toSpliced(at, 1);
  if (name !== 'help') return { command: named(name), rest };
  const [topic] = rest;
  return topic === undefined ? { rest: [] } : { command: named(topic), rest: ['--help'] };
}
