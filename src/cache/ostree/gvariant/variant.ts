import type { ByteOrder, Codec } from './codec.ts';
import { requireSize } from './codec.ts';
import { GVariantError } from './error.ts';
import { codecOf, MAX_DEPTH } from './type-string.ts';

/** A value that says of which type it is. */
export interface TypedValue {
  readonly type: string;
  readonly value: unknown;
}

/** Where the type string of a variant starts: behind its last NUL. */
function typeStart(bytes: Buffer, start: number, end: number): number {
  for (let at = end - 1; at >= start; at--) if (bytes[at] === 0) return at + 1;
  throw new GVariantError('a variant says no type');
}

function variantAt(order: ByteOrder, depth: number): Codec<TypedValue> {
  if (depth > MAX_DEPTH) throw new GVariantError('variants are too deep in one another');
  const inner = (type: string) =>
    codecOf(type, order, depth + 1, (inside) => variantAt(order, inside) as Codec<unknown>);
  const open = (bytes: Buffer, start: number, end: number) => {
    const at = typeStart(bytes, start, end);
    const codec = inner(bytes.toString('latin1', at, end));
    requireSize(codec, at - 1 - start);
    return { codec, valueEnd: at - 1 };
  };
  return {
    type: 'v',
    alignment: 8,
    read(bytes, start, end) {
      const { codec, valueEnd } = open(bytes, start, end);
      return { type: codec.type, value: codec.read(bytes, start, valueEnd) };
    },
    check(bytes, start, end) {
      const { codec, valueEnd } = open(bytes, start, end);
      codec.check(bytes, start, valueEnd);
    },
    write(out, { type, value }) {
      out.pad(8);
      inner(type).write(out, value);
      out.byte(0);
      out.text(type);
    },
  };
}

/** `v`: a value of any type, numbers in it in that order. */
export const variant = (order: ByteOrder): Codec<TypedValue> => variantAt(order, 0);
