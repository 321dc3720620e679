import type { ByteRange } from '../../store/index.ts';

// Readers of documents and of archives ask for a few dozen at most; each may cost a request to a store.
const MAX_RANGES = 32;

// What a part adds at least: nobody gains by asking for less than this between two ranges to be left out.
const PART_OVERHEAD_BYTES = 100;

/**
 * What a `Range` asks for (RFC 9110, section 14): ranges in the order of their first bytes asked for, joined where they
 * overlap or nearly touch; `none` where nothing of it is in the content; `all` where it is to be ignored: another
 * unit, no such syntax, or more ranges than anybody needs.
 */
export function parseRanges(header: string, sizeBytes: number): readonly ByteRange[] | 'none' | 'all' {
  const set = /^bytes=(.*)$/is.exec(header)?.[1];
  if (set === undefined) return 'all';
  const specs = set.split(',').map((spec) => spec.replace(/^[\t ]+|[\t ]+$/g, ''));
  const wanted = specs.filter((spec) => spec !== '').map((spec) => parseSpec(spec, sizeBytes));
  if (wanted.length === 0 || wanted.length > MAX_RANGES || wanted.includes('invalid')) return 'all';
  const ranges = wanted.filter((spec) => spec !== 'invalid').filter(({ start, end }) => start < end);
  if (ranges.length > 0) return joined(ranges);
  // The last bytes of nothing are nothing, which no Content-Range can say.
  return sizeBytes === 0 && specs.some((spec) => /^-0*[1-9]/.test(spec)) ? 'all' : 'none';
}

/** One that is not in the content is empty. */
function parseSpec(spec: string, sizeBytes: number): ByteRange | 'invalid' {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
  if (first === undefined || last === undefined || spec === '-') return 'invalid';
  if (first === '') return { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes };
  if (last !== '' && isLess(last, first)) return 'invalid';
  return { start: Number(first), end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** Of texts of digits, also of those that no number can hold. */
const isLess = (a: string, b: string): boolean => BigInt(a) < BigInt(b);

function joined(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.map((range, order) => ({ ...range, order })).sort((a, b) => a.start - b.start);
  const result: typeof sorted = [];
  for (const next of sorted) {
    const last = result.at(-1);
    if (last === undefined || next.start > last.end + PART_OVERHEAD_BYTES) result.push(next);
    else {
      last.end = Math.max(last.end, next.end);
      last.order = Math.min(last.order, next.order);
    }
  }
  return result.sort((a, b) => a.order - b.order).map(({ start, end }) => ({ start, end }));
}
