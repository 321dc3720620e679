import { type ConfigField, SECTIONS, type SectionName } from '../fields.ts';
import { KINDS } from '../kinds.ts';
import { variableOf } from '../variables.ts';

function defaultText({ default: preset, otherwise }: ConfigField): string {
  return preset === undefined ? (otherwise ?? '') : `\`${preset}\``;
}

function row(section: SectionName, name: string, field: ConfigField): string {
  const { kind, choices, unit, flag, variable, about } = field;
  const value =
    choices === undefined ? KINDS[kind].expected : choices.map((each) => `\`${each}\``).join(', ');
  const variables = [variable, variableOf({ section, name })].flatMap((each) =>
    each ? [`\`$${each}\``] : [],
  );
  const names = [...(flag ? [`\`--${flag}\``] : []), ...variables].join(' ');
  const cells = [
    `\`${name}\``,
    about,
    unit === undefined ? value : `${value}; ${unit}`,
    defaultText(field),
    names,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The sections and fields as the page of the documentation has them. */
export function configurationTables(): string {
  return Object.entries(SECTIONS)
    .map(([name, { about, fields }]) =>
      [
        `### ${name}`,
        '',
        `${about.charAt(0).toUpperCase()}${about.slice(1)}.`,
        '',
        '| field | what it is | value | default | flag, variables |',
        '|---|---|---|---|---|',
        ...Object.entries(fields).map(([field, each]) => row(name as SectionName, field, each)),
      ].join('\n'),
    )
    .join('\n\n');
}
