import type { Command } from './command.ts';
import type { Flag } from './flag.ts';
import type { Program } from './programs.ts';

const COLUMN = 34;

function row(left: string, right: string): string {
  return left.length < COLUMN
    ? `  ${left.padEnd(COLUMN)}${right}`
    : `  ${left}\n${' '.repeat(COLUMN + 2)}${right}`;
}

function presetText({ name, on, default: preset }: Flag): string {
  if (on) return ` (on; --no-${name} turns it off)`;
  return preset === undefined || preset === '' ? '' : ` (default: ${preset})`;
}

function flagRow(flag: Flag): string {
  const value = flag.value === undefined ? '' : ` ${flag.choices?.join('|') ?? flag.value}`;
  const preset = presetText(flag);
  const variable = flag.variable === undefined ? '' : ` [$${flag.variable}]`;
  return row(`--${flag.name}${value}`, `${flag.about}${preset}${variable}`);
}

const flagRows = (flags: readonly Flag[]): string[] => flags.filter(({ hidden }) => !hidden).map(flagRow);

/** What `slipway --help` prints. */
export function programHelp({
  name: program,
  about: purpose,
  commands,
  globalFlags,
  example,
}: Program): string {
  return [
    `${program} ${purpose}.`,
    '',
    `Usage: ${program} COMMAND [FLAGS] [ARGUMENTS]`,
    '',
    'Commands:',
    ...commands.map(({ name, short, about }) => row(short === undefined ? name : `${name}, ${short}`, about)),
    '',
    'Flags of every command:',
    ...flagRows(globalFlags),
    row('--help, -h', 'show this, or the help of a command'),
    row('--version, -v', 'show the version'),
    '',
    `Example: ${program} ${example}`,
    '',
  ].join('\n');
}

function subcommandRows({ subcommands }: Command): string[] {
  if (subcommands === undefined) return [];
  return ['Commands:', ...subcommands.map(({ name, about }) => row(name, about)), ''];
}

/** What goes behind the command's own name. */
function wordsOf({ arguments: words, subcommands, worksAlone }: Command): string {
  if (words !== undefined) return ` ${words}`;
  if (subcommands === undefined) return '';
  return worksAlone ? ' [COMMAND]' : ' COMMAND';
}

/** A command that only leads to others leaves their flags to them; those that all of them have, it shows. */
function ownFlags({ flags, subcommands, worksAlone }: Command): string[] {
  const isShown = (flag: Flag): boolean =>
    worksAlone === true || subcommands === undefined || subcommands.length > 1 || flag.name === 'root-url';
  const rows = flagRows(flags.filter(isShown));
  return rows.length === 0 ? [] : ['Flags:', ...rows, ''];
}

/** What `slipway COMMAND --help` prints. */
export function commandHelp({ name: program, globalFlags }: Program, command: Command): string {
  const words = wordsOf(command);
  return [
    `${program} ${command.name}: ${command.about}`,
    '',
    command.passThrough
      ? `Usage: ${program} [FLAGS] ${command.name}${words}`
      : `Usage: ${program} ${command.name} [FLAGS]${words}`,
    '',
    ...subcommandRows(command),
    ...ownFlags(command),
    'Flags of every command:',
    ...flagRows(globalFlags),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...command.examples.map((example) => `  ${example.replace(/^slipway/, program)}`),
    '',
  ].join('\n');
}
