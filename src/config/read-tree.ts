import { type Document, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';
import { suggest } from '../kernel/index.ts';
import { FIELDS, listFieldOf, SECTIONS } from './fields.ts';
import type { Mistakes, Span } from './mistakes.ts';

/** A document's values, and where in the text each of them is. */
export interface ConfigTree {
  /** Sections and fields that are in the table; nothing else. */
  readonly values: Readonly<Record<string, unknown>>;
  /** By `section` and `section.field`. */
  readonly keys: ReadonlyMap<string, Span>;
  readonly places: ReadonlyMap<string, Span>;
}

interface Reading {
  readonly mistakes: Mistakes;
  readonly keys: Map<string, Span>;
  readonly places: Map<string, Span>;
}

const SECRET_PATHS: ReadonlySet<string> = new Set(
  FIELDS.filter(({ field }) => field.kind === 'secret').map(({ path }) => path),
);

const spanOf = (node: unknown): Span => {
  const [start = 0, end = start] = isNode(node) ? (node.range ?? []) : [];
  return { start, end };
};

/** A value as JSON would have it; `undefined` where a mistake was reported in it. */
function plainValue(node: unknown, mistakes: Mistakes): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plainValue(item, mistakes));
  if (isMap(node))
    return Object.fromEntries(
      node.items.map(({ key, value }) => [keyName(key), plainValue(value, mistakes)]),
    );
  mistakes.add({
    code: 'alias',
    message: 'anchors and aliases have no use here',
    at: spanOf(node),
    hint: 'write the value itself',
  });
  return undefined;
}

const keyName = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

function unknownKey({ key, value }: Pair, names: readonly string[], where: string, mistakes: Mistakes): void {
  const name = keyName(key);
  const near = suggest(name, names);
  mistakes.hide(spanOf(value)); // nobody knows what it is, so it may be a secret under a name with a slip
  mistakes.add({
    code: 'unknown-key',
    message: name === '' ? `this is no key of ${where}` : `there is no key "${name}" in ${where}`,
    at: spanOf(key),
    hint: near === undefined ? `the keys are ${names.join(', ')}` : `did you mean "${near}"?`,
  });
}

/** The entries of a map whose keys are known; every other one is a mistake. */
function knownEntries(node: unknown, names: readonly string[], where: string, { mistakes }: Reading): Pair[] {
  if (node === null || (isScalar(node) && node.value === null)) return [];
  if (!isMap(node)) {
    mistakes.hide(spanOf(node));
    mistakes.add({ code: 'wrong-type', message: `expected a map of keys in ${where}`, at: spanOf(node) });
    return [];
  }
  return node.items.filter((pair) => {
    if (names.includes(keyName(pair.key))) return true;
    unknownKey(pair, names, where, mistakes);
    return false;
  });
}

function readSection(section: string, node: unknown, reading: Reading): Record<string, unknown> {
  const list = listFieldOf(section);
  if (list !== undefined && isSeq(node)) {
    reading.keys.set(`${section}.${list}`, spanOf(node));
    reading.places.set(`${section}.${list}`, spanOf(node));
    return { [list]: plainValue(node, reading.mistakes) };
  }
  const names = FIELDS.filter((each) => each.section === section).map(({ name }) => name);
  const entries = knownEntries(node, names, `the section "${section}"`, reading).map(({ key, value }) => {
    const path = `${section}.${keyName(key)}`;
    if (SECRET_PATHS.has(path)) reading.mistakes.hide(spanOf(value));
    reading.keys.set(path, spanOf(key));
    reading.places.set(path, spanOf(value));
    return [keyName(key), plainValue(value, reading.mistakes)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined));
}

/** Takes a document apart; what is not in the table is reported and left out. */
export function readTree(document: Pick<Document, 'contents'>, mistakes: Mistakes): ConfigTree {
  const reading: Reading = { mistakes, keys: new Map(), places: new Map() };
  const sections = knownEntries(document.contents, Object.keys(SECTIONS), 'the configuration', reading);
  const values = sections.map(({ key, value }) => {
    reading.keys.set(keyName(key), spanOf(key));
    return [keyName(key), readSection(keyName(key), value, reading)] as const;
  });
  return { values: Object.fromEntries(values), keys: reading.keys, places: reading.places };
}
