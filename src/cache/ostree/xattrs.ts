import { require } from './decoding.ts';
import { array, BYTES, type Codec, tuple } from './gvariant/index.ts';
import type { Xattr } from './objects.ts';

type Pair = readonly [Uint8Array, Uint8Array];

/** `a(ayay)`: names with a NUL at their end, and values. */
export const XATTRS: Codec<readonly Pair[]> = array(tuple<Pair>(BYTES, BYTES));

/** In the order that they have: ids depend on it. Copies, so that the object's bytes can be let go. */
export function readXattrs(pairs: readonly Pair[], what: string): Xattr[] {
  return pairs.map(([name, value]) => {
    require(name.length > 1 &&
      name.indexOf(0) === name.length - 1, what, 'the name of an attribute is not of its form');
    return { name: Uint8Array.from(name.subarray(0, -1)), value: Uint8Array.from(value) };
  });
}

/** In the order given, which is that of `compare` for new objects. */
export function writeXattrs(xattrs: readonly Xattr[], what: string): Pair[] {
  return xattrs.map(({ name, value }) => {
    require(name.length > 0 && !name.includes(0), what, 'the name of an attribute is empty or has a NUL');
    return [Buffer.concat([name, Buffer.alloc(1)]), value];
  });
}
