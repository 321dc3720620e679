import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import type { JsonSchema } from '../../src/kernel/index.ts';
import { cell, code, table } from './markdown.ts';

const HEAD = `# Lines of \`--output json\`

Made from the code by \`npm run docs\`.
Each line is one object with \`version\`, \`type\` and \`time\`; \`slipway schema events\` prints the JSON Schema.
[Which command prints which line, and when](../events.md).
Fields that are not here may come with a later version; those that are here stay as long as \`version\` does.`;

const COMMON: ReadonlySet<string> = new Set(['version', 'type', 'time']);

/** `docs/reference/json-lines.md` */
export function jsonLinesPage(): string {
  const lines = [...(eventsSchema().oneOf ?? [])].toSorted(byTitle);
  return `${[HEAD, ...lines.map(lineText)].join('\n\n')}\n`;
}

const byTitle = (a: JsonSchema, b: JsonSchema): number => (String(a.title) < String(b.title) ? -1 : 1);

function lineText({ title, properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties)
    .filter(([name]) => !COMMON.has(name))
    .map(([name, schema]) => [
      code(name),
      typeOf(schema),
      required.includes(name) ? '' : 'may be absent',
      cell(schema.description ?? ''),
    ]);
  return [
    `## ${title}`,
    rows.length === 0 ? 'Nothing more.' : table(['field', 'value', '', 'what it is'], rows),
  ].join('\n\n');
}

function typeOf({ type, enum: choices, items, properties, oneOf, const: only }: JsonSchema): string {
  if (only !== undefined) return code(String(only));
  if (choices !== undefined) return choices.map((each) => code(String(each))).join(', ');
  if (oneOf !== undefined) return oneOf.map(typeOf).join(' or ');
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (properties !== undefined) return `object: ${Object.keys(properties).map(code).join(', ')}`;
  return String(type ?? 'anything');
}
