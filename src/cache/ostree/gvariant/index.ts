export { array } from './array.ts';
export { BOOLEAN, BYTES, NUMBERS, STRING } from './basic.ts';
export { type ByteOrder, type Codec, decodeVariant, encodeVariant } from './codec.ts';
export { type DictionaryValue, decodeDictionary, encodeDictionary, type FoundValue } from './dictionary.ts';
export { GVariantError } from './error.ts';
export { raw } from './raw.ts';
export { entry, tuple } from './tuple.ts';
export { type TypedValue, variant } from './variant.ts';
