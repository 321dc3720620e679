import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Report } from '../report.ts';
import { type Anchors, followAlias, noAnchors, nothingAt, type Sized } from './aliases.ts';
import { isNull, quoteShort, type YamlEntry, type YamlMap, type YamlNode, type YamlScalar } from './node.ts';
import { plainScalarType } from './scalar-type.ts';
import type { Span } from './source.ts';

interface Reading {
  readonly report: Report;
  readonly anchors: Anchors;
  /** From an offset of the document to one of the report's source. */
  readonly place: (offset: number) => number;
}

/** The library's nodes as ours. Aliases share one value, so a small file never becomes a large tree. */
export function readTree(contents: unknown, report: Report, place: (offset: number) => number): YamlNode {
  const reading: Reading = { report, anchors: noAnchors(), place };
  return readNode(contents, reading, { start: 0, end: 0 }).node;
}

function readNode(node: unknown, reading: Reading, fallback: Span): Sized {
  const { anchors, report } = reading;
  if (isAlias(node)) return followAlias(node.source, spanOf(node, fallback, reading), anchors, report);
  const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
  if (anchor !== undefined) anchors.values.set(anchor, undefined);
  const sized = readOwnNode(node, reading, spanOf(node, fallback, reading));
  if (anchor !== undefined) anchors.values.set(anchor, sized);
  return sized;
}

function readOwnNode(node: unknown, reading: Reading, span: Span): Sized {
  if (isMap(node)) return readMap(node, reading, span);
  if (isSeq(node)) {
    const items = node.items.map((item) => readNode(item, reading, span));
    const list: YamlNode = { kind: 'list', items: items.map((item) => item.node), ...span };
    return { node: list, size: items.reduce((sum, item) => sum + item.size, 1) };
  }
  return { node: isScalar(node) ? readScalar(node, span) : nothingAt(span), size: 1 };
}

function readScalar(node: Scalar, span: Span): YamlScalar {
  const text = node.source ?? '';
  const isPlain = node.type === 'PLAIN' && (node.tag === undefined || RESOLVING_TAG.test(node.tag));
  return { kind: 'scalar', text, type: isPlain ? plainScalarType(text) : { is: 'string' }, ...span };
}

/** Any other tag, `!!str` and a person's own included, makes text of a scalar. */
const RESOLVING_TAG = /^tag:yaml\.org,2002:(?:int|float|bool|null)$/;

function spanOf(node: unknown, fallback: Span, { place }: Reading): Span {
  const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  return range ? { start: place(range[0]), end: place(range[1]) } : fallback;
}

function readMap(node: YAMLMap, reading: Reading, span: Span): Sized {
  const entries = new Map<string, YamlEntry>();
  const own = new Set<string>();
  let size = 1;
  for (const pair of node.items) {
    const key = readKey(pair, reading);
    const value = readNode(pair.value, reading, key?.at ?? span);
    size += value.size + 1;
    if (key === undefined) continue;
    if (key.isMerge) mergeInto(entries, value.node, key.at, reading.report);
    else setEntry({ name: key.name, key: key.at, value: value.node }, entries, own, reading.report);
  }
  const map: YamlMap = { kind: 'map', entries, ...span };
  return { node: map, size };
}

interface Key {
  readonly name: string;
  readonly at: Span;
  readonly isMerge: boolean;
}

function readKey(pair: Pair, reading: Reading): Key | undefined {
  const { node } = readNode(pair.key, reading, { start: 0, end: 0 });
  if (node.kind !== 'scalar') {
    reading.report.error({
      code: 'key-not-text',
      message: `a key must be text, found ${node.kind === 'list' ? 'a list' : 'a map'}`,
      at: node,
      hint: 'put it in quotes if it is text that begins with a bracket',
    });
    return undefined;
  }
  const isPlain = isScalar(pair.key) && pair.key.type === 'PLAIN';
  return { name: node.text, at: spanOf(pair.key, node, reading), isMerge: node.text === '<<' && isPlain };
}

function setEntry(entry: YamlEntry, entries: Map<string, YamlEntry>, own: Set<string>, report: Report): void {
  if (own.has(entry.name)) {
    report.warn({
      code: 'duplicate-key',
      message: `the key ${quoteShort(entry.name)} is written twice: this one replaces the one above`,
      at: entry.key,
      hint: 'remove one of the two',
    });
  }
  own.add(entry.name);
  entries.set(entry.name, entry);
}

/** A map's own keys win over merged ones, and the first of several merged maps over the later ones. */
function mergeInto(entries: Map<string, YamlEntry>, value: YamlNode, at: Span, report: Report): void {
  const maps = value.kind === 'list' ? value.items : [value];
  for (const map of maps) {
    if (map.kind !== 'map') {
      // Where an alias failed, its own mistake says enough.
      if (isNull(map) && report.hasErrors) return;
      report.error({
        code: 'bad-merge',
        message: 'the merge key << takes a map or a list of maps',
        at,
        hint: 'write <<: *NAME where NAME marks a map',
      });
      return;
    }
    for (const [name, entry] of map.entries) {
      if (!entries.has(name)) entries.set(name, entry);
    }
  }
}
