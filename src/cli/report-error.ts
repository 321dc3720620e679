import { visibleText } from '../kernel/index.ts';
import { CommandError } from './command-error.ts';
import type { CommandLines } from './events-schema/command-events.ts';
import { EXIT, UsageError } from './exit-code.ts';

export interface ErrorReport {
  /** How the program was called. */
  readonly program: string;
  readonly words: readonly string[];
  readonly error: unknown;
}

type Explained = CommandLines['error'];

const BUILT_IN_ERROR = /^((Type|Range|Reference|Syntax|Eval|URI|Aggregate)?Error|SuppressedError)$/;

/** Whose help says more: the command's, where the words name one. */
async function helpOf(program: string, words: readonly string[]): Promise<string> {
  const { findCommand } = await import('./find-command.ts');
  const { programOf } = await import('./programs.ts');
  try {
    const { command } = findCommand(programOf(program), words);
    return command === undefined ? `${program} --help` : `${program} ${command.name} --help`;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `${[program, ...(error.command === undefined ? [] : [error.command])].join(' ')} --help`;
  }
}

async function explain({ program, words, error }: ErrorReport): Promise<Explained> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    const { exitCode } = error;
    const code = exitCode === EXIT.unknownCommand ? 'unknown-command' : 'usage';
    return { code, message, hint: `Run ${await helpOf(program, words)} to see what there is.`, exitCode };
  }
  if (error instanceof CommandError) {
    const { hint, exitCode } = error;
    return { code: 'failed', message, exitCode, ...(hint === undefined ? {} : { hint }) };
  }
  const isForeseen = error instanceof Error && !BUILT_IN_ERROR.test(error.name);
  if (isForeseen) {
    const hint = 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {};
    return { code: 'failed', message, exitCode: EXIT.failed, ...hint };
  }
  const hint = 'This is a mistake in Slipway; SLIPWAY_TRACE=1 shows where.';
  return { code: 'internal', message, hint, exitCode: EXIT.internal };
}

/** Whether the words ask for JSON, as far as that can be told of a line that may not be understood otherwise. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const flags = (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^--?(?=\w)/, '--'));
  return flags.some(
    (word, i) =>
      word === '--output=json' ||
      word === '--log-json' ||
      word === '--log-json=true' ||
      (word === '--output' && flags[i + 1] === 'json'),
  );
}

/** A message may repeat what a server or a file said: no terminal acts on it. */
const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n');

/** Tells what went wrong: one sentence on standard error, or one JSON line on standard output. Gives the exit code. */
export async function reportError(report: ErrorReport): Promise<number> {
  const { program, words, error } = report;
  const explained = await explain(report);
  const { message, hint, exitCode } = explained;
  if (asksForJson(words)) {
    const { commandLine } = await import('./render/command-line.ts');
    process.stdout.write(commandLine('error', explained));
    return exitCode;
  }
  const isTraced = explained.code === 'internal' && process.env['SLIPWAY_TRACE'] !== undefined;
  const text = isTraced && error instanceof Error ? error.stack : message;
  process.stderr.write(`${program}: ${visibleLines(text ?? message)}\n`);
  if (hint !== undefined) process.stderr.write(`${visibleLines(hint)}\n`);
  return exitCode;
}
