import type { Report } from '../report.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';

/** How a value of the wrong type is judged: by what the original does with it. */
export type Severity = 'error' | 'warn';

interface Expected {
  readonly wanted: string;
  readonly severity: Severity;
  readonly hint?: string | undefined;
}

/** Reports that a key holds something else than it should; a warning says that the value is ignored. */
export function reportWrongType(
  entry: YamlEntry,
  report: Report,
  { wanted, severity, hint }: Expected,
): void {
  const consequence = severity === 'warn' ? '; it is ignored' : '';
  report[severity]({
    code: 'wrong-type',
    message: `${quoteShort(entry.name)} must be ${wanted}, found ${describeNode(entry.value)}${consequence}`,
    at: isNull(entry.value) ? entry.key : entry.value,
    hint,
  });
}

/** A scalar as it was written, numbers and booleans included; undefined when it is null or not a scalar. */
export function textOf(node: YamlNode): string | undefined {
  return node.kind === 'scalar' && node.type.is !== 'null' ? node.text : undefined;
}

export function expectText(
  entry: YamlEntry,
  report: Report,
  severity: Severity,
  hint?: string,
): string | undefined {
  if (isNull(entry.value)) return undefined;
  const text = textOf(entry.value);
  if (text === undefined) reportWrongType(entry, report, { wanted: 'text', severity, hint });
  return text;
}

export function expectList(entry: YamlEntry, report: Report, expected: Expected): YamlList | undefined {
  if (entry.value.kind === 'list') return entry.value;
  reportWrongType(entry, report, expected);
  return undefined;
}

export function expectMap(entry: YamlEntry, report: Report, expected: Expected): YamlMap | undefined {
  if (entry.value.kind === 'map') return entry.value;
  reportWrongType(entry, report, expected);
  return undefined;
}

export function expectBoolean(entry: YamlEntry, report: Report, severity: Severity): boolean | undefined {
  const { value } = entry;
  if (isNull(value)) return undefined;
  if (value.kind === 'scalar' && value.type.is === 'boolean') return value.type.value;
  const isQuoted = value.kind === 'scalar' && /^(?:true|false|yes|no|on|off)$/i.test(value.text);
  const hint = isQuoted ? 'remove the quotes' : undefined;
  reportWrongType(entry, report, { wanted: 'true or false', severity, hint });
  return undefined;
}
