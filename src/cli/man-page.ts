import type { Command } from './command.ts';
import type { Flag } from './flag.ts';
import type { Program } from './programs.ts';

/** What the roff of a man page is made for. */
export interface ManOptions {
  readonly program: Program;
  readonly version: string;
}

/** What is not ASCII, by its number, which no encoding can spoil. */
const glyph = (character: string): string =>
  `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** Text that roff prints as it is: no escape, no request at the start of a line, hyphens that can be copied. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll(/^(?=[.'])/gm, '\\&')
    .replaceAll(/[^\n -~]/gu, glyph);
}

const quoted = (text: string): string => `"${plain(text).replaceAll('"', '\\(dq')}"`;

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;

const italic = (text: string): string => `\\fI${plain(text)}\\fR`;

const section = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`.SH ${quoted(name.toUpperCase())}`, ...lines];

const entry = (title: string, text: string): string[] => ['.TP', title, plain(text)];

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function flagEntry({ name, short, value, choices, variable, about, default: preset, on }: Flag): string[] {
  const words = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map(bold).join(', ');
  const wanted =
    value === undefined ? '' : ` ${choices === undefined ? italic(value) : bold(choices.join('|'))}`;
  const facts = [
    ...(preset === undefined || preset === '' ? [] : [`Default: ${preset}.`]),
    ...(on === true ? [`On; --no-${name} turns it off.`] : []),
    ...(variable === undefined ? [] : [`Variable: ${variable}.`]),
  ];
  return entry(`${words}${wanted}`, [sentence(about), ...facts].join(' '));
}

const flagEntries = (flags: readonly Flag[]): string[] =>
  flags.filter(({ hidden }) => !hidden).flatMap(flagEntry);

const heading = (title: string, { program, version }: ManOptions): string =>
  `.TH ${quoted(title.toUpperCase())} 1 "" ${quoted(`${program.name} ${version}`)} ${quoted('User commands')}`;

const ownPage = (program: string, name: string): string => `${program}-${name.replaceAll(' ', '-')}`;

const exitStatus = ({ failure }: Program): string[] => [
  ...entry('0', 'Passed.'),
  ...entry('1', failure),
  ...entry('2', 'The command line is not understood; nothing was done.'),
  ...entry('3', 'There is no such command.'),
];

/** The page of the program itself. */
export function programManPage(options: ManOptions): string {
  const { name: program, about: purpose, commands, globalFlags } = options.program;
  const pages = commands.map(({ name }) => `${bold(ownPage(program, name))}(1)`);
  const lines = [
    heading(program, options),
    ...section('Name', [`${plain(program)} \\- ${purpose}`]),
    ...section('Synopsis', [
      `${bold(program)} ${italic('COMMAND')} [${italic('FLAGS')}] [${italic('ARGUMENTS')}]`,
    ]),
    ...section(
      'Commands',
      commands.flatMap(({ name, short, about }) =>
        entry(bold(short === undefined ? name : `${name}, ${short}`), sentence(about)),
      ),
    ),
    ...section('Flags of every command', flagEntries(globalFlags)),
    ...section('Exit status', exitStatus(options.program)),
    ...section('See also', [pages.join(',\n')]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The page of one command. */
export function commandManPage(command: Command, options: ManOptions): string {
  const { name: program, globalFlags } = options.program;
  const { name, about, examples, subcommands = [] } = command;
  const words = command.arguments === undefined ? '' : ` ${italic(command.arguments)}`;
  const lines = [
    heading(ownPage(program, name), options),
    ...section('Name', [`${plain(ownPage(program, name))} \\- ${plain(about)}`]),
    ...section('Synopsis', [`${bold(`${program} ${name}`)} [${italic('FLAGS')}]${words}`]),
    ...section(
      'Commands',
      subcommands.flatMap((each) => entry(bold(each.name), sentence(each.about))),
    ),
    ...section('Flags', flagEntries(command.flags)),
    ...section('Flags of every command', flagEntries(globalFlags)),
    ...section('Examples', [
      '.EX',
      ...examples.map((example) => plain(example.replace(/^slipway/, program))),
      '.EE',
    ]),
    ...section('See also', [`${bold(program)}(1)`]),
  ];
  return `${lines.join('\n')}\n`;
}
