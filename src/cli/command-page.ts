import type { Command } from './command.ts';
import type { Flag } from './flag.ts';
import type { Program } from './programs.ts';

/** Text that AsciiDoc shows as it is. */
const literal = (text: string): string => `+${text.replaceAll('+', '{plus}')}+`;

function flagEntry(flag: Flag): string[] {
  const value = flag.value === undefined ? '' : ` ${flag.choices?.join('|') ?? flag.value}`;
  const preset =
    flag.default === undefined || flag.default === '' ? [] : [`Default: ${literal(flag.default)}.`];
  const variable = flag.variable === undefined ? [] : [`Variable: ${literal(flag.variable)}.`];
  return [
    `${literal(`--${flag.name}${value}`)}::`,
    `  ${[`${flag.about}.`, ...preset, ...variable].join(' ')}`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`== ${title}`, '', ...lines, ''];
}

const shown = (flags: readonly Flag[]): string[] => flags.filter(({ hidden }) => !hidden).flatMap(flagEntry);

const commandEntries = (commands: readonly Command[]): string[] =>
  commands.flatMap(({ name, about }) => [`${literal(name)}::`, `  ${about}.`]);

/** The program's own page, in AsciiDoc. */
export function programPage({ name: program, about, commands, globalFlags }: Program): string {
  return [
    `= ${program}`,
    '',
    `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
    '',
    ...section('Usage', ['----', `${program} COMMAND [FLAGS] [ARGUMENTS]`, '----']),
    ...section('Commands', commandEntries(commands)),
    ...section('Flags of every command', shown(globalFlags)),
  ].join('\n');
}

/** The page of one command, in AsciiDoc. */
export function commandPage({ name: program, globalFlags }: Program, command: Command): string {
  const words = command.arguments === undefined ? '' : ` ${command.arguments}`;
  const examples = command.examples.map((example) => example.replace(/^slipway/, program));
  return [
    `= ${program} ${command.name}`,
    '',
    `${command.about}.`,
    '',
    ...section('Usage', ['----', `${program} ${command.name} [FLAGS]${words}`, '----']),
    ...section('Commands', commandEntries(command.subcommands ?? [])),
    ...section('Flags', shown(command.flags)),
    ...section('Flags of every command', shown(globalFlags)),
    ...section('Examples', ['----', ...examples, '----']),
  ].join('\n');
}
