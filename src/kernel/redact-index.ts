import type { Pattern } from './redact-pattern.ts';
import { formBytes, type Unit } from './redact-units.ts';

/**
 * Tells quickly at which bytes an occurrence may begin. A window moves over the data; `skips`, looked up with the last
 * two bytes of the window, says how far it may move at once (Wu and Manber's method). Where it may not move, the first
 * four bytes of the window are looked up: `pairs`, `third` and `fourth` have a bit for each bucket of patterns.
 *
 * The tables may name a place where nothing begins, never the other way round.
 */
export interface PatternIndex {
  readonly patterns: Pattern[];
  /** Bytes; no occurrence is shorter. */
  window: number;
  readonly skips: Uint8Array;
  readonly pairs: Uint8Array;
  readonly third: Uint8Array;
  readonly fourth: Uint8Array;
  readonly byPair: Map<number, Pattern[]>;
  readonly byFirst: Map<number, Pattern[]>;
}

// Wider windows skip further, but more pairs of bytes occur in them: 4 took twice the time of 8 on source code.
const MAX_WINDOW = 8;
const BUCKETS = 6;
// Beginnings whose first two bytes, or whose third, are not two or three plain characters go on with almost any byte;
// in buckets of their own they do not blunt the others.
const ODD_PAIR = 0x40;
const ODD_THIRD = 0x80;
const LF = 0x0a;
const CR = 0x0d;
const BREAKS = [LF, CR];

export function createPatternIndex(): PatternIndex {
  return {
    patterns: [],
    window: MAX_WINDOW,
    skips: new Uint8Array(0x10000).fill(MAX_WINDOW - 1),
    pairs: new Uint8Array(0x10000),
    third: new Uint8Array(0x100).fill(ODD_PAIR),
    fourth: new Uint8Array(0x100).fill(ODD_PAIR | ODD_THIRD),
    byPair: new Map(),
    byFirst: new Map(),
  };
}

export function indexPattern(index: PatternIndex, pattern: Pattern): void {
  index.patterns.push(pattern);
  indexBeginning(index, pattern);
  if (pattern.minBytes >= index.window) {
    indexWindow(index, pattern);
    return;
  }
  index.window = pattern.minBytes;
  index.skips.fill(index.window - 1);
  for (const each of index.patterns) indexWindow(index, each);
}

/** The first position from `from` on where an occurrence may begin; the length of the data when there is none. */
export function nextCandidate(index: PatternIndex, data: Buffer, from: number): number {
  const { skips, pairs, third, fourth } = index;
  const toLast = index.window - 1;
  const end = data.length - toLast;
  let at = from;
  // The bounds keep every index inside.
  while (at < end) {
    const skip = skips[((data[at + toLast - 1] as number) << 8) | (data[at + toLast] as number)] as number;
    if (skip !== 0) {
      at += skip;
      continue;
    }
    const bits = pairs[((data[at] as number) << 8) | (data[at + 1] as number)] as number;
    if (
      bits !== 0 &&
      bits & (third[data[at + 2] as number] as number) & (fourth[data[at + 3] as number] as number)
    ) {
      return at;
    }
    at += 1;
  }
  while (at < data.length && patternsAt(index, data, at).length === 0) at += 1;
  return Math.min(at, data.length);
}

/** The patterns that may begin at a candidate. */
export function patternsAt(index: PatternIndex, data: Buffer, at: number): readonly Pattern[] {
  const first = data[at];
  const second = data[at + 1];
  if (first === undefined) return [];
  if (second === undefined) return index.byFirst.get(first) ?? [];
  return index.byPair.get((first << 8) | second) ?? [];
}

function indexBeginning(index: PatternIndex, pattern: Pattern): void {
  const [first, second, third, fourth] = pattern.units.slice(0, 4).map((unit) => formBytes(unit));
  if (first === undefined) return;
  const bucket = 1 << (index.patterns.length % BUCKETS);
  const plain = [second, third, fourth].every((unit) => unit !== undefined && !unit.mayBeEmpty);
  const add = (from: number, to: number, bits: number): void => {
    addTo(index.byFirst, from, pattern);
    addTo(index.byPair, pairOf(from, to), pattern);
    setBits(index.pairs, pairOf(from, to), bits);
  };
  for (const [from, to] of first.openings) add(from, to, ODD_PAIR);
  for (const from of first.beginnings) for (const to of BREAKS) add(from, to, ODD_PAIR);
  for (const from of first.single) {
    for (const to of plain ? (second?.longBeginnings ?? []) : beginningsAt(pattern.units, 1))
      add(from, to, ODD_PAIR);
    for (const to of plain ? (second?.single ?? []) : []) add(from, to, bucket | ODD_THIRD);
  }
  for (const byte of third?.single ?? []) setBits(index.third, byte, bucket);
  for (const byte of [...(third?.longBeginnings ?? []), ...BREAKS]) setBits(index.third, byte, ODD_THIRD);
  for (const byte of [...(fourth?.beginnings ?? []), ...BREAKS]) setBits(index.fourth, byte, bucket);
}

/** Where two bytes may stand somewhere in an occurrence's beginning, the window must not move past them. */
function indexWindow(index: PatternIndex, pattern: Pattern): void {
  let least = 0;
  for (let at = 0; at < pattern.units.length && least < index.window; at += 1) {
    // The loop's bound keeps the index inside.
    const unit = formBytes(pattern.units[at] as Unit);
    least += unit.minBytes;
    const following = beginningsAt(pattern.units, at + 1);
    for (const [from, to] of unit.pairs) index.skips[pairOf(from, to)] = 0;
    for (const from of unit.ends) for (const to of following) index.skips[pairOf(from, to)] = 0;
    for (const byte of unit.all) {
      for (const lineBreak of BREAKS) index.skips[pairOf(byte, lineBreak)] = 0;
      index.skips[pairOf(LF, byte)] = 0;
    }
  }
  index.skips[pairOf(CR, LF)] = 0;
}

/** The bytes that may come first from a unit on, past the units that may be absent. */
function beginningsAt(units: readonly Unit[], from: number): number[] {
  const bytes: number[] = [];
  for (let at = from; at < units.length; at += 1) {
    // The loop's bound keeps the index inside.
    const unit = formBytes(units[at] as Unit);
    bytes.push(...unit.beginnings);
    if (!unit.mayBeEmpty) break;
  }
  return bytes;
}

function pairOf(first: number, second: number): number {
  return (first << 8) | second;
}

function setBits(table: Uint8Array, at: number, bits: number): void {
  table[at] = (table[at] ?? 0) | bits;
}

function addTo(map: Map<number, Pattern[]>, key: number, pattern: Pattern): void {
  const patterns = map.get(key);
  if (patterns === undefined) map.set(key, [pattern]);
  else if (patterns.at(-1) !== pattern) patterns.push(pattern);
}
