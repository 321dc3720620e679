import type { Codec } from './codec.ts';
import { GVariantError } from './error.ts';
import { offsetWidth, readOffset, skipPadding } from './framing.ts';

type Codecs<T extends readonly unknown[]> = { readonly [K in keyof T]: Codec<T[K]> };
type Visit = (member: Codec<unknown>, bytes: Buffer, start: number, end: number) => void;

const largestAlignment = (members: readonly Codec<unknown>[]) =>
  members.reduce<1 | 2 | 4 | 8>((largest, { alignment }) => (alignment > largest ? alignment : largest), 1);

/** `undefined` where a member has no fixed size. The empty tuple is one zero byte. */
function fixedSizeOf(members: readonly Codec<unknown>[], alignment: number): number | undefined {
  let size = 0;
  for (const member of members) {
    if (member.fixedSize === undefined) return undefined;
    size = Math.ceil(size / member.alignment) * member.alignment + member.fixedSize;
  }
  return Math.max(1, Math.ceil(size / alignment) * alignment);
}

/** Walks over the members of a tuple of which the size is known to be right if it is fixed. */
function walker(members: readonly Codec<unknown>[], fixedSize: number | undefined) {
  const last = members.length - 1;
  const framed = members.filter((member, index) => member.fixedSize === undefined && index < last).length;
  return (bytes: Buffer, start: number, end: number, visit: Visit): void => {
    const width = offsetWidth(end - start);
    const framing = fixedSize === undefined ? end - framed * width : end;
    if (framing < start) throw new GVariantError('a tuple has no room for its offsets');
    let at = start;
    let offset = end;
    for (const [index, member] of members.entries()) {
      const from = skipPadding(bytes, at, member.alignment, framing);
      if (member.fixedSize !== undefined) at = from + member.fixedSize;
      else if (index === last) at = framing;
      else {
        offset -= width;
        at = start + readOffset(bytes, offset, width);
      }
      if (at < from) throw new GVariantError('offsets are not in order');
      if (!(at <= framing)) throw new GVariantError('a member of a tuple is out of bounds');
      visit(member, bytes, from, at);
    }
    if (fixedSize !== undefined) {
      for (; at < end; at++) if (bytes[at] !== 0) throw new GVariantError('padding is not zero');
    } else if (at !== framing) throw new GVariantError('a tuple has bytes that belong to nothing');
  };
}

/** `(…)`: members of different types. */
export function tuple<T extends readonly unknown[]>(...codecs: Codecs<T>): Codec<T> {
  return container(`(${codecs.map(({ type }) => type).join('')})`, codecs);
}

/** `{…}`: a key and its value. */
export function entry<K, V>(key: Codec<K>, value: Codec<V>): Codec<readonly [K, V]> {
  return container<readonly [K, V]>(`{${key.type}${value.type}}`, [key, value]);
}

function container<T extends readonly unknown[]>(type: string, codecs: Codecs<T>): Codec<T> {
  // Each member is handed its own value only, by its position.
  const members = codecs as readonly Codec<unknown>[];
  const alignment = largestAlignment(members);
  const fixedSize = fixedSizeOf(members, alignment);
  const walk = walker(members, fixedSize);
  return {
    type,
    alignment,
    ...(fixedSize === undefined ? {} : { fixedSize }),
    read(bytes, start, end) {
      const values: unknown[] = [];
      walk(bytes, start, end, (member, whole, from, to) => void values.push(member.read(whole, from, to)));
      // One value per member, each by the codec of its position.
      return values as unknown as T;
    },
    check: (bytes, start, end) =>
      walk(bytes, start, end, (member, whole, from, to) => member.check(whole, from, to)),
    write(out, values) {
      out.pad(alignment);
      const start = out.length;
      const ends: number[] = [];
      for (const [index, member] of members.entries()) {
        out.pad(member.alignment);
        member.write(out, values[index]);
        if (member.fixedSize === undefined && index < members.length - 1) ends.unshift(out.length - start);
      }
      if (fixedSize === undefined) out.offsets(start, ends);
      else while (out.length < start + fixedSize) out.byte(0);
    },
  };
}
