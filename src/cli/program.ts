import { setImmediate } from 'node:timers/promises';
import type { Command, CommandContext } from './command.ts';
import { EXIT, UsageError } from './exit-code.ts';
import type { FoundCommand } from './find-command.ts';
import type { Program } from './programs.ts';
import { reportError } from './report-error.ts';

const HELP = new Set(['--help', '-help', '-h', 'help']);
const VERSION = new Set(['--version', '-version', '-v', '-V']);

/** Runs one command line and gives the exit code; whatever goes wrong is one sentence on standard error. */
export async function runProgram(words: readonly string[]): Promise<number> {
  const program = process.env['SLIPWAY_PROGRAM'] ?? 'slipway';
  const outputs = watchOutputs(program);
  const exitCode = await dispatch(program, words).catch((error: unknown) =>
    reportError({ program, words, error }),
  );
  const isWhole = await outputs.areWhole();
  return isWhole || exitCode !== EXIT.passed ? exitCode : EXIT.failed;
}

/** Says once that what is printed cannot be written; a reader that left has seen enough: `slipway build | head`. */
function watchOutputs(program: string): { areWhole(): Promise<boolean> } {
  let isCut = false;
  const onError = ({ code, syscall }: NodeJS.ErrnoException): void => {
    if (code === 'EPIPE' || isCut) return;
    isCut = true;
    const why = code === 'ENOSPC' ? 'the disk is full' : `${syscall} ${code}`;
    process.stderr.write(`${program}: cannot write to standard output: ${why}\n`);
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
  return {
    async areWhole() {
      await setImmediate(); // what the last write came to is told after it
      return !isCut;
    },
  };
}

async function dispatch(name: string, words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first !== undefined && words.length === 1 && VERSION.has(first)) {
    const { versionText } = await import('./version.ts');
    process.stdout.write(`${name} version ${versionText()}\n`);
    return EXIT.passed;
  }
  const { programOf } = await import('./programs.ts');
  const { findCommand } = await import('./find-command.ts');
  const program = programOf(name);
  const found = findCommand(program, words);
  if (found.command === undefined || found.rest.some((word) => HELP.has(word) && word !== 'help')) {
    return await showHelp(program, found.command);
  }
  return await runCommand(program, found.command, found);
}

async function showHelp(program: Program, command: Command | undefined): Promise<number> {
  const { commandHelp, programHelp } = await import('./help.ts');
  process.stdout.write(command === undefined ? programHelp(program) : commandHelp(program, command));
  return EXIT.passed;
}

async function runCommand(
  program: Program,
  command: Command,
  { rest, passedOn = [] }: FoundCommand,
): Promise<number> {
  const { parseArguments } = await import('./flag-values.ts');
  const more = program.wordsVariable === undefined ? undefined : process.env[program.wordsVariable];
  const { flags, positionals } = parseArguments(
    [...(more?.split(/\s+/).filter(Boolean) ?? []), ...rest],
    [...command.flags, ...program.globalFlags],
    process.env,
  );
  if (positionals.length > command.maxArguments) {
    const extra = positionals.slice(command.maxArguments).join(' ');
    throw new UsageError(`${command.name} takes no argument "${extra}"`);
  }
  const currentFolder = process.cwd();
  const context: CommandContext = {
    flags,
    positionals: [...positionals, ...passedOn],
    program,
    environment: process.env,
    currentFolder,
    configuration: configurationReader(currentFolder),
    get stdin() {
      return process.stdin; // opened only by who asks something
    },
    stdout: process.stdout,
    stderr: process.stderr,
  };
  const run = await command.load();
  return await run(context);
}

/** Reads the configuration file when it is first asked for, so that all parts of a command see the same one. */
function configurationReader(currentFolder: string): CommandContext['configuration'] {
  let reading: ReturnType<CommandContext['configuration']> | undefined;
  const read = async (): ReturnType<CommandContext['configuration']> => {
    const { readConfiguration } = await import('../config/index.ts');
    return await readConfiguration({ environment: process.env, currentFolder });
  };
  return () => {
    reading ??= read();
    return reading;
  };
}
