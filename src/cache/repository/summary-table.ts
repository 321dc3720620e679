import { decodeSummary, encodeSummary, type SummaryRef } from '../ostree/index.ts';
import { joinRuns, type Parts, parseParts, type Run, startOf } from './summary-parts.ts';

/** Refs to set, or, where the value is `undefined`, to leave out. */
export type RefChanges = ReadonlyMap<string, SummaryRef | undefined>;

/**
 * The refs of a summary as the bytes that they are in it. To change a few of 50,000 costs a copy of memory; to read and
 * write all of them as values would cost each push half a second.
 */
export interface SummaryTable {
  readonly count: number;
  /** The bytes of the whole summary. */
  readonly bytes: Buffer;
  nameAt(position: number): string;
  at(position: number): SummaryRef;
  commitAt(position: number): string;
  /** All of them, with the bytes that each takes. */
  all(): { readonly ref: SummaryRef; readonly sizeBytes: number }[];
  /** The position of a ref, or, where it is not there, `-1 - position` of the first one behind its place. */
  find(ref: string): number;
  /** Changed, as a summary of that time. */
  with(changes: RefChanges, lastModifiedSeconds: number): SummaryTable;
}

const READ_AT_ONCE = 1000;

/** Reads the bytes of a summary that Slipway wrote. Throws `RangeError` where they cannot be one. */
export const parseSummaryTable = (bytes: Buffer): SummaryTable => tableOf(parseParts(bytes));

function tableOf(parts: Parts): SummaryTable {
  const { bytes, ends } = parts;
  return {
    count: ends.length,
    bytes,
    nameAt: (position) => nameAt(parts, position).toString(),
    at: (position) => readElement(parts, position),
    commitAt: (position) => commitAt(parts, position),
    all: () => readAll(parts),
    find: (ref) => find(parts, Buffer.from(ref)),
    with: (changes, lastModifiedSeconds) =>
      parseSummaryTable(joinRuns(runsWith(parts, changes), factsOf(lastModifiedSeconds))),
  };
}

function nameAt(parts: Parts, position: number): Buffer {
  const start = startOf(parts, position);
  return parts.bytes.subarray(start, parts.bytes.indexOf(0, start));
}

/** Behind the name, aligned to 8: the size of the commit in 8 bytes, then its id in 32. */
function commitAt(parts: Parts, position: number): string {
  const start = startOf(parts, position);
  const at = Math.ceil((nameAt(parts, position).length + 1) / 8) * 8 + start + 8;
  return parts.bytes.toString('hex', at, at + 32);
}

function find(parts: Parts, name: Buffer): number {
  let low = 0;
  let high = parts.ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = Buffer.compare(nameAt(parts, middle), name);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}

function readElement(from: Parts, position: number): SummaryRef {
  const [found] = decodeSummary(joinRuns([{ from, first: position, count: 1 }], Buffer.alloc(0))).refs;
  if (found === undefined) throw new RangeError(`there is no ref at ${position}`);
  return found;
}

/** A few at a time: all together can be more than the reader takes. */
function readAll(from: Parts): { ref: SummaryRef; sizeBytes: number }[] {
  const found: { ref: SummaryRef; sizeBytes: number }[] = [];
  for (let first = 0; first < from.ends.length; first += READ_AT_ONCE) {
    const count = Math.min(READ_AT_ONCE, from.ends.length - first);
    const { refs } = decodeSummary(joinRuns([{ from, first, count }], Buffer.alloc(0)));
    for (const [i, ref] of refs.entries()) {
      found.push({ ref, sizeBytes: (from.ends[first + i] ?? 0) - startOf(from, first + i) });
    }
  }
  return found;
}

/** What a summary says of itself, as it is behind its refs. */
const factsOf = (lastModifiedSeconds: number): Buffer =>
  encodeSummary({ refs: [], lastModifiedSeconds }).subarray(0, -1); // without the end of the empty list of refs

/** What is left of the elements, with the new ones between them. */
function runsWith(parts: Parts, changes: RefChanges): readonly Run[] {
  const set = [...changes.values()].filter((value) => value !== undefined);
  const from = parseParts(encodeSummary({ refs: set }));
  const inOrder = [...changes].map(([ref, value]) => ({ name: Buffer.from(ref), value }));
  inOrder.sort((a, b) => Buffer.compare(a.name, b.name));
  const runs: Run[] = [];
  let old = 0;
  let added = 0;
  for (const { name, value } of inOrder) {
    const found = find(parts, name);
    const at = found < 0 ? -1 - found : found;
    runs.push({ from: parts, first: old, count: at - old });
    old = found < 0 ? at : at + 1;
    if (value === undefined) continue;
    runs.push({ from, first: added, count: 1 });
    added += 1;
  }
  return [...runs, { from: parts, first: old, count: parts.ends.length - old }];
}
