import type { Command } from '../../src/cli/command.ts';
import type { Flag } from '../../src/cli/flag.ts';
import { type Program, programOf } from '../../src/cli/programs.ts';
import { cell, code, sentence, table } from './markdown.ts';

const PROGRAMS = ['slipway', 'runner-download', 'docker-worker'];

const HEAD = `# Every command

Made from the code by \`npm run docs\`.
\`slipway COMMAND --help\` says the same for one command, \`slipway man COMMAND\` as a page of the manual.
Values come from the command line, else from the variable, else from the [configuration](../configuration.md), else they are the default.
What a command ends with: [exit codes](../exit-codes.md).
What it prints with \`--output json\`: [lines](json-lines.md), and [which command prints which](../events.md).
\`wercker\` is another name of \`slipway\`; \`bst-artifact-receive\` has [a page of its own](../receiver.md).`;

/** `docs/reference/commands.md` */
export function commandsPage(): string {
  return `${[HEAD, ...PROGRAMS.map((name) => programText(programOf(name)))].join('\n\n')}\n`;
}

function programText(program: Program): string {
  const { name, about, commands, otherwise, wordsVariable, globalFlags } = program;
  const all = [...commands, ...(otherwise === undefined ? [] : [otherwise])];
  const more =
    wordsVariable === undefined
      ? []
      : [`Further words, weaker than those of the line, may be in \`${wordsVariable}\`.`];
  return [
    `## ${name}`,
    [sentence(`${name} ${about}`), ...more].join('\n'),
    '### Flags of every command',
    flagTable(globalFlags),
    ...all.flatMap((command) => commandText(program.name, command)),
  ].join('\n\n');
}

function commandText(program: string, command: Command): string[] {
  const { name, short, about, flags, examples, subcommands = [], worksAlone } = command;
  const title = name === '' || name === program ? program : `${program} ${name}`;
  const usage = `${title} [FLAGS]${command.arguments === undefined ? '' : ` ${command.arguments}`}`;
  const isOnlyGroup = subcommands.length > 0 && worksAlone !== true;
  const shown = flags.filter(({ hidden }) => !hidden);
  const own = [
    `### ${title}`,
    sentence(about) + (short === undefined ? '' : ` Short: \`${program} ${short}\`.`),
    `Usage: ${code(isOnlyGroup ? `${title} COMMAND` : usage)}`,
    ...(examples.length === 0 ? [] : [`\`\`\`sh\n${examples.map(named(program)).join('\n')}\n\`\`\``]),
    ...(isOnlyGroup || shown.length === 0 ? [] : [flagTable(shown)]),
  ];
  return [...own, ...subcommands.flatMap((each) => commandText(program, each))];
}

const named =
  (program: string) =>
  (example: string): string =>
    example.replace(/^slipway/, program);

function flagTable(flags: readonly Flag[]): string {
  const rows = flags.map((flag) => [flagWords(flag), cell(flag.about), presetOf(flag), variableOf(flag)]);
  return table(['flag', 'what it does', 'default', 'variable'], rows);
}

function flagWords({ name, short, value, choices, repeat }: Flag): string {
  const words = code(`--${name}${value === undefined ? '' : ` ${choices?.join('|') ?? value}`}`);
  return [words, ...(short === undefined ? [] : [code(`-${short}`)])].join(', ') + (repeat ? ' …' : '');
}

function presetOf({ on, default: preset, name, value }: Flag): string {
  if (on) return `on; ${code(`--no-${name}`)}`;
  return preset === undefined || preset === '' || value === undefined ? '' : code(preset);
}

const variableOf = ({ variable }: Flag): string => (variable === undefined ? '' : code(variable));
