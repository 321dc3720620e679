import type { Span } from './source.ts';

/** A YAML value as the rest of `pipeline/` sees it: aliases followed, merge keys applied, duplicate keys settled. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar extends Span {
  readonly kind: 'scalar';
  /** What was written, unquoted and unfolded. */
  readonly text: string;
  readonly type: ScalarType;
}

/** What a scalar means by the rules of yaml 1.1; a quoted one is always a string. */
export type ScalarType =
  | { readonly is: 'string' }
  | { readonly is: 'null' }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'int'; readonly value: bigint }
  | { readonly is: 'float' };

export interface YamlList extends Span {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export interface YamlMap extends Span {
  readonly kind: 'map';
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  readonly name: string;
  readonly key: Span;
  readonly value: YamlNode;
}

export const isNull = (node: YamlNode): boolean => node.kind === 'scalar' && node.type.is === 'null';

/** What a node is, for "expected …, found …". */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  switch (node.type.is) {
    case 'null':
      return 'nothing';
    case 'boolean':
      return `the boolean ${node.text}`;
    case 'int':
    case 'float':
      return `the number ${short(node.text)}`;
    case 'string':
      return `the text ${quoteShort(node.text)}`;
  }
}

const SHOWN_CHARACTERS = 40;

/** A person's own words in a message: their first line, cut where it is long. */
export function short(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const isCut = line.length > SHOWN_CHARACTERS || line.length < text.trim().length;
  return `${line.slice(0, SHOWN_CHARACTERS)}${isCut ? '…' : ''}`;
}

export const quoteShort = (text: string): string => `"${short(text)}"`;
