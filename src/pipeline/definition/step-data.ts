import type { PropertyValue } from '../definition.ts';
import type { Report } from '../report.ts';
import { quoteShort, short, type YamlEntry, type YamlNode } from '../yaml/node.ts';
import { rangeOf } from '../yaml/source.ts';

/** A step's data as strings, in the order of the file. */
export type StepData = ReadonlyMap<string, PropertyValue>;

/** Turns a step's data into strings. What the original turns into nothing becomes nothing here too, with a warning. */
export function readStepData(entries: Iterable<YamlEntry>, report: Report): StepData {
  const data = new Map<string, PropertyValue>();
  for (const entry of entries) {
    const value = dataString(entry.value);
    if (value === undefined) warnOfLostValue(entry, report);
    data.set(entry.name, { value: value ?? '', range: rangeOf(report.source, entry.value) });
  }
  return data;
}

/** Undefined for what the original reads as the empty string. */
function dataString(node: YamlNode): string | undefined {
  if (node.kind !== 'scalar') return undefined;
  switch (node.type.is) {
    case 'string':
      return node.text;
    case 'boolean':
    case 'int':
      return String(node.type.value);
    case 'float':
    case 'null':
      return undefined;
  }
}

function warnOfLostValue(entry: YamlEntry, report: Report): void {
  const { found, hint } = lostValue(entry.value);
  report.warn({
    code: 'lost-value',
    message: `${quoteShort(entry.name)} ${found}; the step gets the empty text`,
    at: entry.value.start === entry.value.end ? entry.key : entry.value,
    hint,
  });
}

function lostValue(node: YamlNode): { found: string; hint: string } {
  if (node.kind === 'list') return { found: 'is a list', hint: 'write it as one text, such as "a b c"' };
  if (node.kind === 'map')
    return { found: 'is a map', hint: 'write it as text, or indent it like the keys above it' };
  return node.type.is === 'float'
    ? { found: `is the fraction ${short(node.text)}`, hint: `put it in quotes: ${quoteShort(node.text)}` }
    : { found: 'has no value', hint: 'write "" for the empty text, or give it a value' };
}
