import type { Diagnostic } from '../../kernel/index.ts';
import { expectBoolean, expectText } from '../definition/expect.ts';
import type { StepManifest, StepProperty } from '../manifest.ts';
import { createReport, finishReport, type Report } from '../report.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { createSource } from '../yaml/source.ts';

/** What was read from a step's manifest, with everything that is wrong in it. */
export interface ParsedManifest {
  /** Absent: the file cannot be used, and the step runs as if it had none. */
  readonly manifest?: StepManifest;
  /** Warnings only: a bad manifest keeps no step from running. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a `step.yml` or the older `wercker-step.yml`. Never throws, whatever the text. */
export function parseManifest(text: string, options: { readonly file: string }): ParsedManifest {
  const report = createReport(createSource(options.file, text));
  const root = parseYaml(report);
  const isEmpty = root === undefined || isNull(root);
  const manifest = root?.kind === 'map' ? readManifest(root, report) : undefined;
  if (!isEmpty && manifest === undefined) {
    report.warn({
      code: 'wrong-type',
      message: `a step's manifest must be a map, found ${describeNode(root)}`,
      at: root,
    });
  }
  const diagnostics = finishReport(report).map((found): Diagnostic => ({ ...found, severity: 'warning' }));
  const found = manifest ?? (isEmpty && diagnostics.length === 0 ? { properties: [] } : undefined);
  return { ...(found !== undefined && { manifest: found }), diagnostics };
}

function readManifest(map: YamlMap, report: Report): StepManifest {
  const name = readText(map, 'name', report);
  const version = readText(map, 'version', report);
  const summary = readText(map, 'summary', report) ?? readText(map, 'description', report);
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(summary !== undefined && { summary }),
    ...readTags(map.entries.get('tags') ?? map.entries.get('keywords')),
    properties: readProperties(map.entries.get('properties'), report),
  };
}

/** For registries only: what is no text among them is left out. */
function readTags(entry: YamlEntry | undefined): Pick<StepManifest, 'tags'> {
  if (entry?.value.kind !== 'list') return {};
  const tags = entry.value.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  return tags.length === 0 ? {} : { tags };
}

function readText(map: YamlMap, key: string, report: Report): string | undefined {
  const entry = map.entries.get(key);
  return entry && expectText(entry, report, 'warn');
}

/** A list of maps with `name`, or a map from names; the last property of a name wins. */
function readProperties(entry: YamlEntry | undefined, report: Report): StepProperty[] {
  if (entry === undefined || isNull(entry.value)) return [];
  const properties = new Map<string, StepProperty>();
  for (const { name, value } of namedProperties(entry, report)) {
    const property = readProperty(name, value, report);
    if (property !== undefined) properties.set(name, property);
  }
  return [...properties.values()];
}

interface NamedProperty {
  readonly name: string;
  readonly value: YamlNode;
}

function namedProperties(entry: YamlEntry, report: Report): NamedProperty[] {
  if (entry.value.kind === 'map') return [...entry.value.entries.values()];
  if (entry.value.kind === 'list') return entry.value.items.flatMap((item) => namedItem(item, report));
  const found = describeNode(entry.value);
  const message = `"properties" must be a list or a map of properties, found ${found}; it is ignored`;
  report.warn({ code: 'wrong-type', message, at: entry.value });
  return [];
}

function namedItem(item: YamlNode, report: Report): NamedProperty[] {
  const name = item.kind === 'map' ? readText(item, 'name', report) : undefined;
  if (name !== undefined && name !== '') return [{ name, value: item }];
  report.warn({ code: 'bad-property', message: 'this property has no "name"; it is ignored', at: item });
  return [];
}

function readProperty(name: string, node: YamlNode, report: Report): StepProperty | undefined {
  if (isNull(node)) return { name, type: 'string', required: false, secret: false };
  if (node.kind !== 'map') {
    const message = `the property ${quoteShort(name)} must be a map with "type", "default" or "required", found ${describeNode(node)}; it is ignored`;
    report.warn({ code: 'bad-property', message, at: node });
    return undefined;
  }
  const type = propertyType(readText(node, 'type', report));
  const fallback = readText(node, 'default', report);
  return {
    name,
    type,
    required: readFlag(node, 'required', report),
    ...(fallback !== undefined && { default: fallback }),
    secret: type === 'password' || readFlag(node, 'secret', report),
  };
}

function readFlag(map: YamlMap, key: string, report: Report): boolean {
  const entry = map.entries.get(key);
  return (entry && expectBoolean(entry, report, 'warn')) ?? false;
}

/** Types as they were seen in the wild; what is not known counts as a string. */
function propertyType(written: string | undefined): StepProperty['type'] {
  switch (written?.toLowerCase()) {
    case 'password':
    case 'secret':
      return 'password';
    case 'int':
    case 'integer':
      return 'int';
    case 'bool':
    case 'boolean':
      return 'boolean';
    default:
      return 'string';
  }
}
