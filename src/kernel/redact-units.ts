/**
 * One expected byte of one way to write a character. With `ANY_CASE` added a hex letter matches in both cases.
 */
export type Code = number;
export const ANY_CASE = 0x100;

/** One character of a secret: all the byte sequences that may stand for it. An empty one means it may be absent. */
export type Unit = readonly (readonly Code[])[];

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x07', 'a'],
  ['\x1b', 'E'],
]);

/**
 * The characters of a text, each with the forms that JSON, percent-encoding, `printf %q` and the `set -x` of bash, dash
 * and busybox give it, so that a text in any of these encodings, or in a mixture, is recognised.
 */
export function textUnits(text: string): Unit[] {
  const known = new Map<string, Unit>();
  return [...text.replaceAll('\r\n', '\n')].map((character) => {
    const unit = known.get(character) ?? characterUnit(character);
    known.set(character, unit);
    return unit;
  });
}

/**
 * The base64 form of the bytes where `offset` (0 to 2) other bytes went before them in their group of three. The
 * characters at both ends that also carry a neighbour's bits match with whatever the neighbour may have given.
 */
export function base64Units(bytes: Buffer, offset: number): Unit[] {
  const padding = (3 - ((offset + bytes.length) % 3)) % 3;
  const low = Buffer.concat([Buffer.alloc(offset), bytes, Buffer.alloc(padding)]);
  const high = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(padding, 0xff)]);
  const first = Math.floor((offset * 8) / 6);
  const end = Math.ceil(((offset + bytes.length) * 8) / 6);
  const lowest = low.toString('base64');
  const highest = high.toString('base64');
  const known = new Map<string, Unit>();
  return Array.from({ length: end - first }, (_, index) => {
    const [least, most] = [lowest.charAt(first + index), highest.charAt(first + index)];
    const unit = known.get(least + most) ?? base64Unit(least, most);
    known.set(least + most, unit);
    return unit;
  });
}

/** The bytes of a unit's forms by their places. */
interface FormBytes {
  /** Those that are a form alone. */
  readonly single: readonly number[];
  /** First bytes of the longer forms. */
  readonly longBeginnings: readonly number[];
  /** First bytes of all forms. */
  readonly beginnings: readonly number[];
  readonly ends: readonly number[];
  readonly all: readonly number[];
  /** The first two bytes of the longer forms. */
  readonly openings: readonly (readonly [number, number])[];
  /** Neighbours inside of a form. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Of the shortest form. */
  readonly minBytes: number;
  readonly mayBeEmpty: boolean;
}

export function formBytes(unit: Unit): FormBytes {
  const present = unit.filter((form) => form.length > 0);
  const minBytes = Math.min(...unit.map((form) => form.length));
  const beginningsOf = (forms: Unit): number[] => forms.flatMap((form) => form.slice(0, 1)).flatMap(variants);
  return {
    single: beginningsOf(present.filter((form) => form.length === 1)),
    longBeginnings: beginningsOf(present.filter((form) => form.length > 1)),
    beginnings: beginningsOf(present),
    ends: present.flatMap((form) => form.slice(-1)).flatMap(variants),
    all: present.flat().flatMap(variants),
    openings: present.flatMap((form) => neighbours(form.slice(0, 2))),
    pairs: present.flatMap((form) => neighbours(form)),
    minBytes,
    mayBeEmpty: minBytes === 0,
  };
}

function neighbours(form: readonly Code[]): (readonly [number, number])[] {
  return form.slice(1).flatMap((code, index) => {
    // `index` is that of the code before.
    const before = variants(form[index] as Code);
    return variants(code).flatMap((byte) => before.map((previous) => [previous, byte] as const));
  });
}

function variants(code: Code): number[] {
  const byte = code & 0xff;
  return code & ANY_CASE ? [byte, byte ^ 0x20] : [byte];
}

function characterUnit(character: string): Unit {
  if (character === '\n') return lineBreakUnit();
  const bytes = [...Buffer.from(character)];
  const forms: Code[][] = [bytes, ...escapes(character, bytes)];
  const named = NAMED_ESCAPES.get(character);
  if (named !== undefined) forms.push(codes(`\\${named}`));
  if (character === '\x1b') forms.push(codes('\\e'));
  if (character === ' ') forms.push(codes('+'));
  // dash and busybox close the quotes, print runs of ' within ", and open them again.
  if (character === "'") forms.push(codes(`'"'`), codes(`'"'"'`), codes(`'\\''`));
  if (character > ' ' && character < '\x7f') forms.push(codes(`\\${character}`));
  if (character === ' ') forms.push(codes('\\ '));
  return forms;
}

/** Percent, JSON (`\u`), and `$'…'` (`\x` and octal) forms of a character. */
function escapes(character: string, bytes: readonly number[]): Code[][] {
  const utf16 = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const each = (values: readonly number[], prefix: string, base: number, digits: number): Code[] =>
    values.flatMap((value) => [...codes(prefix), ...codes(value.toString(base).padStart(digits, '0'), true)]);
  return [
    each(bytes, '%', 16, 2),
    each(utf16, '\\u', 16, 4),
    each(bytes, '\\x', 16, 2),
    each(bytes, '\\', 8, 3),
  ];
}

/** A line break of the secret may also be encoded, have become a space, or be gone. */
function lineBreakUnit(): Unit {
  const forms = ['', '\n', '\r\n', ' ', '\\n', '\\r\\n', '+', '%20', '\\012'].map((form) => codes(form));
  return [...forms, codes('%0a', true), codes('%0d%0a', true), codes('\\u000a', true), codes('\\x0a', true)];
}

function base64Unit(lowest: string, highest: string): Unit {
  if (lowest === highest) return base64Forms(lowest);
  const low = BASE64.indexOf(lowest);
  const unknownBits = BASE64.indexOf(highest) ^ low;
  return [...BASE64].filter((_, index) => (index & ~unknownBits) === low).flatMap(base64Forms);
}

function base64Forms(character: string): Code[][] {
  if (character === '+')
    return [codes('+'), codes('-'), codes('\\+'), codes('%2b', true), codes('\\u002b', true)];
  if (character === '/')
    return [codes('/'), codes('_'), codes('\\/'), codes('%2f', true), codes('\\u002f', true)];
  return [codes(character)];
}

/** With `anyCase` letters are hex digits, which both cases of input match. The text is ASCII. */
function codes(text: string, anyCase = false): Code[] {
  const result: Code[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const byte = text.charCodeAt(at);
    result.push(anyCase && byte >= 0x61 && byte <= 0x66 ? byte | ANY_CASE : byte);
  }
  return result;
}
