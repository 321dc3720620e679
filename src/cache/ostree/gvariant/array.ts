import { type Codec, requireSize } from './codec.ts';
import { GVariantError } from './error.ts';
import { offsetWidth, readOffset, skipPadding } from './framing.ts';

type Visit = (bytes: Buffer, start: number, end: number) => void;

/** Elements of one size stand behind each other and need no framing. */
function eachFixed(size: number, bytes: Buffer, start: number, end: number, visit: Visit): void {
  if ((end - start) % size !== 0) throw new GVariantError('an array has a part of an element');
  for (let at = start; at < end; at += size) visit(bytes, at, at + size);
}

/** Elements of any size: aligned, with their ends behind the last of them. */
function eachFramed(alignment: number, bytes: Buffer, start: number, end: number, visit: Visit): void {
  if (start === end) return;
  const width = offsetWidth(end - start);
  if (end - start < width) throw new GVariantError('an array has no room for its offsets');
  const framing = start + readOffset(bytes, end - width, width);
  if (!(framing <= end - width)) throw new GVariantError('an offset is out of bounds');
  if ((end - framing) % width !== 0) throw new GVariantError('the offsets of an array do not fill its end');
  let at = start;
  for (let offset = framing; offset < end; offset += width) {
    const elementEnd = start + readOffset(bytes, offset, width);
    if (!(elementEnd <= framing)) throw new GVariantError('an offset is out of bounds');
    const elementStart = skipPadding(bytes, at, alignment, framing);
    if (elementEnd < elementStart) throw new GVariantError('offsets are not in order');
    visit(bytes, elementStart, elementEnd);
    at = elementEnd;
  }
}

/** `a…`: any number of one type. */
export function array<T>(element: Codec<T>): Codec<readonly T[]> {
  const { alignment, fixedSize } = element;
  const each = (bytes: Buffer, start: number, end: number, visit: Visit) =>
    fixedSize === undefined
      ? eachFramed(alignment, bytes, start, end, visit)
      : eachFixed(fixedSize, bytes, start, end, visit);
  return {
    type: `a${element.type}`,
    alignment,
    read(bytes, start, end) {
      const values: T[] = [];
      each(bytes, start, end, (whole, from, to) => void values.push(element.read(whole, from, to)));
      return values;
    },
    check: (bytes, start, end) => each(bytes, start, end, element.check),
    write(out, values) {
      out.pad(alignment);
      const start = out.length;
      const ends: number[] = [];
      for (const value of values) {
        out.pad(alignment);
        element.write(out, value);
        ends.push(out.length - start);
      }
      if (fixedSize === undefined) out.offsets(start, ends);
    },
  };
}

/** `m…`: one of a type, or none. */
export function maybe<T>(element: Codec<T>): Codec<T | undefined> {
  const inner = (start: number, end: number) => {
    const innerEnd = element.fixedSize === undefined ? end - 1 : end;
    requireSize(element, innerEnd - start);
    return innerEnd;
  };
  const requireZero = (bytes: Buffer, end: number) => {
    if (element.fixedSize === undefined && bytes[end - 1] !== 0)
      throw new GVariantError('an optional value does not end with zero');
  };
  return {
    type: `m${element.type}`,
    alignment: element.alignment,
    read(bytes, start, end) {
      if (start === end) return undefined;
      requireZero(bytes, end);
      return element.read(bytes, start, inner(start, end));
    },
    check(bytes, start, end) {
      if (start === end) return;
      requireZero(bytes, end);
      element.check(bytes, start, inner(start, end));
    },
    write(out, value) {
      if (value === undefined) return;
      element.write(out, value);
      if (element.fixedSize === undefined) out.byte(0);
    },
  };
}
