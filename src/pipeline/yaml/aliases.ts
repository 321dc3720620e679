import { suggest } from '../../kernel/index.ts';
import { MAX_DIAGNOSTICS, type Mistake, type Report } from '../report.ts';
import { MAX_ALIASED_NODES } from './limits.ts';
import { short, type YamlNode, type YamlScalar } from './node.ts';
import type { Span } from './source.ts';

/** A node with the number of nodes in it once its aliases are followed. */
export interface Sized {
  readonly node: YamlNode;
  readonly size: number;
}

/** The anchored values of a document so far. */
export interface Anchors {
  /** By name, the value read last; `undefined` while the anchored value is still being read. */
  readonly values: Map<string, Sized | undefined>;
  /** How much the aliases followed so far add to the file. */
  aliasedNodes: number;
}

export const noAnchors = (): Anchors => ({ values: new Map(), aliasedNodes: 0 });

/** The value that an alias means; nothing, with an error reported, when it cannot be had. */
export function followAlias(name: string, at: Span, anchors: Anchors, report: Report): Sized {
  const target = anchors.values.get(name);
  if (target === undefined) {
    report.error(
      anchors.values.has(name) ? selfReference(name, at) : unknownAnchor(name, at, anchors, report),
    );
    return { node: nothingAt(at), size: 1 };
  }
  const isFirstTooMany = anchors.aliasedNodes <= MAX_ALIASED_NODES;
  anchors.aliasedNodes += target.size;
  if (anchors.aliasedNodes <= MAX_ALIASED_NODES) return target;
  if (isFirstTooMany) report.error(tooManyAliases(name, at));
  return { node: nothingAt(at), size: 1 };
}

export function nothingAt(span: Span): YamlScalar {
  return { kind: 'scalar', text: '', type: { is: 'null' }, ...span };
}

function selfReference(name: string, at: Span): Mistake {
  return {
    code: 'alias-loop',
    message: `the alias *${short(name)} stands inside of the value that it refers to`,
    at,
  };
}

function unknownAnchor(name: string, at: Span, anchors: Anchors, report: Report): Mistake {
  // Comparing names takes time, and nobody sees the later hints.
  const isShown = report.diagnostics.length < MAX_DIAGNOSTICS;
  const near = isShown ? suggest(name, anchors.values.keys()) : undefined;
  return {
    code: 'unknown-anchor',
    message: `the alias *${short(name)} refers to nothing: no value above it is marked &${short(name)}`,
    at,
    hint: near === undefined ? undefined : `did you mean *${near}?`,
  };
}

function tooManyAliases(name: string, at: Span): Mistake {
  return {
    code: 'too-many-aliases',
    message: `with the alias *${short(name)}, aliases add more than ${MAX_ALIASED_NODES} values to the file`,
    at,
  };
}
