import { CacheError } from '../error.ts';
import { type Codec, decodeVariant, GVariantError } from './gvariant/index.ts';
import { MAX_METADATA_BYTES } from './objects.ts';

/** Runs `decode`, and says of what kind the object is that is not of its format. */
export function decoding<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof GVariantError)) throw error;
    throw new CacheError('CORRUPT_OBJECT', `this is no ${what}: ${error.message}`, { cause: error });
  }
}

/** The value of a metadata object's bytes. Throws `CORRUPT_OBJECT` or `TOO_LARGE`. */
export function decodeObject<T>(what: string, codec: Codec<T>, bytes: Uint8Array): T {
  if (bytes.length > MAX_METADATA_BYTES)
    throw new CacheError(
      'TOO_LARGE',
      `a ${what} of ${bytes.length} bytes is larger than the ${MAX_METADATA_BYTES} that ostree reads`,
    );
  return decoding(what, () => decodeVariant(codec, bytes));
}

/** Refuses what is of the right type and still means nothing. */
export function require(holds: boolean, what: string, problem: string): asserts holds {
  if (!holds) throw new CacheError('CORRUPT_OBJECT', `this is no ${what}: ${problem}`);
}
