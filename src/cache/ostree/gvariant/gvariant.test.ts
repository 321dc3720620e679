import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  array,
  BYTES,
  type Codec,
  type DictionaryValue,
  decodeDictionary,
  decodeVariant,
  encodeDictionary,
  encodeVariant,
  entry,
  GVariantError,
  NUMBERS,
  raw,
  STRING,
  tuple,
  variant,
} from './index.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));

/** What a fuzzer may find: the value, or that the bytes are not of the form. */
function read<T>(codec: Codec<T>, bytes: Uint8Array): T | undefined {
  try {
    return decodeVariant(codec, bytes);
  } catch (error) {
    if (error instanceof GVariantError) return undefined;
    throw error;
  }
}

const MIXED = tuple<readonly [number, string, readonly (readonly [string, Uint8Array])[], bigint, string]>(
  NUMBERS.le.uint32,
  STRING,
  array(tuple<readonly [string, Uint8Array]>(STRING, BYTES)),
  NUMBERS.be.uint64,
  STRING,
);

describe('values', () => {
  test('come back as they went, whatever their size', () => {
    const pair = fc.tuple(text, fc.uint8Array({ maxLength: 300 }));
    const value = fc.tuple(
      fc.nat(),
      text,
      fc.array(pair, { size: 'large', maxLength: 400 }),
      fc.bigInt(0n, 2n ** 64n - 1n),
      text,
    );
    fc.assert(
      fc.property(value, (given) => {
        const bytes = encodeVariant(MIXED, given);
        expect(decodeVariant(MIXED, bytes).map(plain)).toEqual(given.map(plain));
        MIXED.check(bytes, 0, bytes.length);
      }),
      { numRuns: 60 },
    );
  });

  test('of dictionaries come back in either order of bytes', () => {
    const value: fc.Arbitrary<DictionaryValue> = fc.oneof(
      fc.record({ type: fc.constant('i' as const), value: fc.integer() }),
      fc.record({ type: fc.constant('u' as const), value: fc.nat(0xffff_ffff) }),
      fc.record({ type: fc.constant('s' as const), value: text }),
      fc.record({ type: fc.constant('b' as const), value: fc.boolean() }),
      fc.record({ type: fc.constant('(ss)' as const), value: fc.tuple(text, text) }),
      fc.record({
        type: fc.constant('a{ss}' as const),
        value: fc.array(fc.tuple(text, text)).map((pairs) => new Map(pairs)),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, value)),
        fc.constantFrom('le' as const, 'be' as const),
        (entries, order) => {
          const values = new Map(entries);
          expect(decodeDictionary(encodeDictionary(values, order), order)).toEqual(values);
        },
      ),
    );
  });

  test('that a type cannot say are refused', () => {
    expect(() => encodeVariant(STRING, 'a\0b')).toThrow(GVariantError);
    expect(() => encodeVariant(STRING, '\ud800')).toThrow(GVariantError);
    expect(() => encodeVariant(NUMBERS.le.uint32, -1)).toThrow(GVariantError);
    expect(() => encodeVariant(NUMBERS.le.uint32, 2 ** 32)).toThrow(GVariantError);
    expect(() => encodeVariant(NUMBERS.be.uint64, 2n ** 64n)).toThrow(GVariantError);
    expect(() => encodeVariant(variant('le'), { type: '(', value: 1 })).toThrow(GVariantError);
  });
});

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? [...value] : Array.isArray(value) ? value.map(plain) : value;

const ANYTHING = array(entry(STRING, variant('le')));

describe('bytes of others', () => {
  test('are refused, or would be written again as they are', () => {
    const value = fc.dictionary(text, fc.nat(1000));
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.nat(3) });
    fc.assert(
      fc.property(value, fc.array(change, { minLength: 1, maxLength: 3 }), (given, changes) => {
        const entries = Object.entries(given).map(
          ([key, number]) => [key, { type: 'u', value: number }] as const,
        );
        let bytes = encodeVariant(ANYTHING, entries);
        for (const { at, byte, cut } of changes) {
          if (bytes.length > 0) bytes[at % bytes.length] = byte;
          bytes = bytes.subarray(0, bytes.length - (cut === 3 ? 1 : 0));
        }
        const found = read(ANYTHING, bytes);
        if (found !== undefined) expect(encodeVariant(ANYTHING, found).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('of any kind never do more than be refused', () => {
    const codecs: readonly Codec<unknown>[] = [
      MIXED,
      ANYTHING,
      variant('be'),
      raw(ANYTHING),
      STRING,
    ] as never;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...codecs), (bytes, codec) => {
        const found = read(codec, bytes);
        if (found !== undefined) expect(encodeVariant(codec, found).equals(bytes)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['a string without its NUL', STRING, '61'],
    ['a string with one inside', STRING, '610062 00'],
    ['a string that is not UTF-8', STRING, 'c3 28 00'],
    ['a string with half of a surrogate pair', STRING, 'ed a0 80 00'],
    ['a string that is longer than it had to be', STRING, 'c0 80 00'],
    ['no string at all', STRING, ''],
    ['a number that is cut', NUMBERS.le.uint32, '000000'],
    ['offsets that are not in order', array(STRING), '6100 6200 0402'],
    ['an offset beyond the end', array(STRING), '6100 6200 02ff'],
    ['offsets that overlap what they are of', array(STRING), '6100 01'],
    ['an element of a fixed size that is cut', array(NUMBERS.le.uint32), '0000000000'],
    ['padding that is not zero', tuple(STRING, NUMBERS.le.uint32), '6100 01 00 05000000 02'],
    ['padding at the end that is not zero', tuple(NUMBERS.le.uint32, NUMBERS.le.int16), '05000000 0100 0001'],
    ['bytes that belong to nothing', tuple(STRING, NUMBERS.le.uint32), '6100 0000 05000000 00 02'],
    ['a tuple without its offsets', tuple(STRING, STRING), ''],
    ['offsets that are wider than they need be', array(STRING), '6100 0200'],
    ['a variant without a type', variant('le'), '616263'],
    ['a variant of an unknown type', variant('le'), '00 7a'],
    ['a variant of two types', variant('le'), '01 00 6262'],
    ['a variant of no type', variant('le'), '00'],
    ['a variant of half a type', variant('le'), '00 2861'],
    ['a boolean that is neither', variant('le'), '02 00 62'],
    ['a dictionary with a key of many parts', variant('le'), '00 617b617373 7d'],
  ])('%s is refused', (_, codec, bytes) => {
    expect(() => decodeVariant<unknown>(codec as Codec<unknown>, hex(bytes))).toThrow(GVariantError);
  });

  test('a dictionary with a key twice is refused', () => {
    const bytes = encodeVariant(ANYTHING, [
      ['mode', { type: 'i', value: 1 }],
      ['mode', { type: 'i', value: 2 }],
    ]);
    expect(() => decodeDictionary(bytes, 'le')).toThrow('a key twice');
  });

  test('a type that nobody here knows is named', () => {
    const bytes = encodeVariant(ANYTHING, [['more', { type: 'at', value: [1n] }]]);
    expect(decodeDictionary(bytes, 'le')).toEqual(new Map([['more', { type: 'other', signature: 'at' }]]));
  });
});

describe('hostile bytes', () => {
  const nested = (depth: number) => Buffer.from(`\0\0y${'\0v'.repeat(depth)}`);

  test('variants in one another end at a depth', () => {
    expect(() => decodeVariant(variant('le'), nested(60))).not.toThrow();
    expect(() => decodeVariant(variant('le'), nested(100_000))).toThrow('deep');
  });

  test('so do types in one another', () => {
    const bytes = (open: string, close: string) =>
      Buffer.concat([Buffer.from([0, 0]), Buffer.from(`${open}y${close}`)]);
    expect(() => decodeVariant(variant('le'), bytes('a'.repeat(3000), ''))).toThrow('deep');
    expect(() => decodeVariant(variant('le'), bytes('('.repeat(1500), ')'.repeat(1500)))).toThrow('deep');
    expect(() => decodeVariant(variant('le'), bytes('a'.repeat(1_000_000), ''))).toThrow('too long');
  });

  test('what is only checked makes no values of ten million elements', () => {
    const elements = 5_000_000;
    const bytes = Buffer.concat([Buffer.alloc(elements), Buffer.from('\0ab')]);
    const before = process.memoryUsage().heapUsed;
    raw(variant('le')).read(bytes, 0, bytes.length);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(elements * 4);
  });
});
