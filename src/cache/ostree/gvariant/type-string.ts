import { array, maybe } from './array.ts';
import { BOOLEAN, BYTE, NUMBERS, OBJECT_PATH, STRING, text } from './basic.ts';
import type { ByteOrder, Codec } from './codec.ts';
import { GVariantError } from './error.ts';
import { entry, tuple } from './tuple.ts';

/** As deep as glib goes: containers and variants in one another. */
export const MAX_DEPTH = 128;

/** Nothing that anybody stores comes near; it keeps the work for one hostile variant small. */
const MAX_TYPE_CHARACTERS = 4096;

/** Makes the codec of a variant that is so deep inside others already. */
export type VariantAt = (depth: number) => Codec<unknown>;

/** `g`: any number of types. */
const SIGNATURE = text('g', (value) => {
  try {
    parseTypes(value, 'le', 0, () => STRING);
    return true;
  } catch (error) {
    if (error instanceof GVariantError) return false;
    throw error;
  }
});

function basicTypes(order: ByteOrder): ReadonlyMap<string, Codec<unknown>> {
  const { int16, uint16, int32, uint32, int64, uint64, double } = NUMBERS[order];
  const handle = { ...int32, type: 'h' };
  const codecs = [BOOLEAN, BYTE, int16, uint16, int32, uint32, int64, uint64, double, handle];
  // Every codec is asked only for what it has read itself, or for a value of its own type.
  const all = [...codecs, STRING, OBJECT_PATH, SIGNATURE] as unknown as readonly Codec<unknown>[];
  return new Map(all.map((codec) => [codec.type, codec]));
}

const BASIC = { le: basicTypes('le'), be: basicTypes('be') };

/** The codec of exactly one type. Throws `GVariantError` for what is none. */
export function codecOf(type: string, order: ByteOrder, depth: number, variantAt: VariantAt): Codec<unknown> {
  const basic = BASIC[order].get(type);
  if (basic !== undefined) return basic;
  const [codec, ...others] = parseTypes(type, order, depth, variantAt);
  if (codec === undefined || others.length > 0) throw new GVariantError('a variant is not of one type');
  return codec;
}

/** All types of a text, one behind the other. */
function parseTypes(text: string, order: ByteOrder, depth: number, variantAt: VariantAt): Codec<unknown>[] {
  if (text.length > MAX_TYPE_CHARACTERS) throw new GVariantError('a type is too long');
  let at = 0;
  const next = (inside: number): Codec<unknown> => {
    if (inside > MAX_DEPTH) throw new GVariantError('types are too deep in one another');
    const letter = text[at++] ?? '';
    if (letter === 'a') return array(next(inside + 1));
    if (letter === 'm') return maybe(next(inside + 1));
    if (letter === 'v') return variantAt(inside);
    if (letter === '(') return members(inside);
    if (letter === '{') return pair(inside);
    const basic = BASIC[order].get(letter);
    if (basic === undefined) throw new GVariantError('a type string is not of its form');
    return basic;
  };
  const members = (inside: number) => {
    const codecs: Codec<unknown>[] = [];
    while (at < text.length && text[at] !== ')') codecs.push(next(inside + 1));
    if (text[at++] !== ')') throw new GVariantError('a type string ends inside of a tuple');
    return tuple(...codecs);
  };
  const pair = (inside: number) => {
    const key = BASIC[order].get(text[at++] ?? '');
    if (key === undefined) throw new GVariantError('a dictionary has a key that is not of a basic type');
    const codec = entry(key, next(inside + 1));
    if (text[at++] !== '}') throw new GVariantError('a dictionary entry has more than key and value');
    return codec;
  };
  const all: Codec<unknown>[] = [];
  while (at < text.length) all.push(next(depth));
  return all;
}
