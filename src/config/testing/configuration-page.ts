import { type ConfigField, SECTIONS } from '../fields.ts';
import { KINDS } from '../kinds.ts';

function defaultText({ default: preset, otherwise }: ConfigField): string {
  return preset === undefined ? (otherwise ?? '') : `\`${preset}\``;
}

function row(name: string, field: ConfigField): string {
  const { kind, choices, unit, flag, variable, about } = field;
  const value =
    choices === undefined ? KINDS[kind].expected : choices.map((each) => `\`${each}\``).join(', ');
  const names = [flag && `\`--${flag}\``, variable && `\`$${variable}\``].filter(Boolean).join(' ');
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
        '| field | what it is | value | default | flag, variable |',
        '|---|---|---|---|---|',
        ...Object.entries(fields).map(([field, each]) => row(field, each)),
      ].join('\n'),
    )
    .join('\n\n');
}
