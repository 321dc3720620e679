import { array } from './array.ts';
import { STRING } from './basic.ts';
import { type ByteOrder, type Codec, decodeVariant, encodeVariant } from './codec.ts';
import { GVariantError } from './error.ts';
import { entry } from './tuple.ts';
import { type TypedValue, variant } from './variant.ts';

/** What the values of messages can be. */
export type DictionaryValue =
  | { readonly type: 'i' | 'u'; readonly value: number }
  | { readonly type: 's'; readonly value: string }
  | { readonly type: 'b'; readonly value: boolean }
  | { readonly type: 'a{ss}'; readonly value: ReadonlyMap<string, string> }
  | { readonly type: '(ss)'; readonly value: readonly [string, string] };

/** What a reader finds: known types, or one that it can only name. */
export type FoundValue = DictionaryValue | { readonly type: 'other'; readonly signature: string };

const pairs = {
  le: array(entry(STRING, variant('le'))),
  be: array(entry(STRING, variant('be'))),
} as const satisfies Record<ByteOrder, Codec<readonly (readonly [string, TypedValue])[]>>;

/** A map of pairs; refuses a key that is there twice, which readers would understand differently. */
function uniqueKeys<V>(entries: readonly (readonly [string, V])[]): Map<string, V> {
  const map = new Map(entries);
  if (map.size !== entries.length) throw new GVariantError('a dictionary has a key twice');
  return map;
}

function found({ type, value }: TypedValue): FoundValue {
  switch (type) {
    case 'i':
    case 'u':
    case 's':
    case 'b':
    case '(ss)':
      // The codec of that type made the value.
      return { type, value } as FoundValue;
    case 'a{ss}':
      // As above.
      return { type, value: uniqueKeys(value as readonly (readonly [string, string])[]) };
    default:
      return { type: 'other', signature: type };
  }
}

/** Reads `a{sv}`; no bytes are an empty one. Throws `GVariantError`, also for a key that is there twice. */
export function decodeDictionary(bytes: Uint8Array, order: ByteOrder): ReadonlyMap<string, FoundValue> {
  const entries = decodeVariant(pairs[order], bytes);
  return uniqueKeys(entries.map(([key, value]) => [key, found(value)]));
}

/** Writes `a{sv}` in the order of the map; an empty one is no bytes. Throws `GVariantError` for what a type cannot say. */
export function encodeDictionary(values: ReadonlyMap<string, DictionaryValue>, order: ByteOrder): Buffer {
  const entries = [...values].map(([key, { type, value }]): readonly [string, TypedValue] => [
    key,
    { type, value: value instanceof Map ? [...value] : value },
  ]);
  return encodeVariant(pairs[order], entries);
}
