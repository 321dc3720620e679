/** The list of refs in a summary's bytes: element after element, each aligned to 8. */
export interface Parts {
  readonly bytes: Buffer;
  /** Where each element ends. */
  readonly ends: Float64Array;
}

/** Elements that are copied as they are. */
export interface Run {
  readonly from: Parts;
  readonly first: number;
  readonly count: number;
}

const align = (offset: number): number => Math.ceil(offset / 8) * 8;

/** How many bytes an offset has in a container of so many bytes in all. */
const widthOf = (totalBytes: number): number => (totalBytes <= 0xff ? 1 : totalBytes <= 0xffff ? 2 : 4);

/** The same, before its offsets are there. */
function widthFor(contentBytes: number, offsets: number): number {
  const width = [1, 2].find((bytes) => contentBytes + bytes * offsets <= 256 ** bytes - 1);
  return width ?? 4;
}

/** Where an element begins. */
export const startOf = ({ ends }: Parts, position: number): number =>
  position === 0 ? 0 : align(ends[position - 1] ?? 0);

/** Finds the refs in the bytes of a summary. Throws `RangeError` where they are damaged. */
export function parseParts(bytes: Buffer): Parts {
  const nothing = { bytes, ends: new Float64Array() };
  if (bytes.length === 0) return nothing;
  const outer = widthOf(bytes.length);
  const size = bytes.readUIntLE(bytes.length - outer, outer);
  if (size === 0) return nothing;
  const width = widthOf(size);
  const offsets = bytes.readUIntLE(size - width, width);
  const count = (size - offsets) / width;
  if (!Number.isInteger(count) || count < 1) throw damaged();
  const ends = new Float64Array(count);
  let before = 0;
  for (let i = 0; i < count; i += 1) {
    const end = bytes.readUIntLE(offsets + i * width, width);
    if (end <= before || end > offsets) throw damaged();
    ends[i] = end;
    before = end;
  }
  return { bytes, ends };
}

const damaged = (): RangeError => new RangeError('the offsets of a summary are damaged');

/** A summary of elements, which must be in the order of their names, and of what it says of itself. */
export function joinRuns(runs: readonly Run[], facts: Buffer): Buffer {
  const { content, ends } = gather(runs.filter(({ count }) => count > 0));
  const width = widthFor(content.length, ends.length);
  const offsets = Buffer.alloc(ends.length * width);
  for (const [i, end] of ends.entries()) offsets.writeUIntLE(end, i * width, width);
  const size = content.length + offsets.length;
  const padding = Buffer.alloc(align(size) - size);
  const outer = widthFor(size + padding.length + facts.length, 1);
  const end = Buffer.alloc(outer);
  end.writeUIntLE(size, 0, outer);
  return Buffer.concat([content, offsets, padding, facts, end]);
}

function gather(runs: readonly Run[]): { readonly content: Buffer; readonly ends: Float64Array } {
  const pieces: Buffer[] = [];
  const ends = new Float64Array(runs.reduce((sum, { count }) => sum + count, 0));
  let filled = 0;
  let at = 0;
  for (const { from, first, count } of runs) {
    const start = startOf(from, first);
    const end = from.ends[first + count - 1] ?? start;
    const target = align(at);
    pieces.push(Buffer.alloc(target - at), from.bytes.subarray(start, end));
    for (let i = first; i < first + count; i += 1) {
      ends[filled] = (from.ends[i] ?? 0) - start + target;
      filled += 1;
    }
    at = target + end - start;
  }
  return { content: Buffer.concat(pieces), ends };
}
