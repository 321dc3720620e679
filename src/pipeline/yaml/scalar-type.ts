import type { ScalarType } from './node.ts';

const TRUE = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const FALSE = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const NULL = new Set(['', '~', 'null', 'Null', 'NULL']);
const SPECIAL_FLOAT = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;

const DECIMAL_FLOAT = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0([0-7]+)|(0|[1-9]\d*))$/;

/** Beyond 64 bits the original reads a float. */
const INT_LIMITS = { lowest: -(2n ** 63n), highest: 2n ** 64n - 1n };
/** No 64-bit number needs more digits, and reading a megabyte of them would take seconds. */
const MAX_INTEGER_DIGITS = 80;

/**
 * What a plain (unquoted) scalar means by yaml 1.1 as go-yaml v2 reads it.
 *
 * `yes` and `on` are booleans, `010` is eight, `1_000` a thousand, but `22:22` is text: there are no sexagesimal numbers,
 * no dates.
 */
export function plainScalarType(text: string): ScalarType {
  if (TRUE.has(text)) return { is: 'boolean', value: true };
  if (FALSE.has(text)) return { is: 'boolean', value: false };
  if (NULL.has(text)) return { is: 'null' };
  if (SPECIAL_FLOAT.test(text)) return { is: 'float' };
  if (text.startsWith('.')) return { is: DECIMAL_FLOAT.test(text) ? 'float' : 'string' };
  return /^[-+\d]/.test(text) ? numberType(text.replaceAll('_', '')) : { is: 'string' };
}

function numberType(digits: string): ScalarType {
  const value = digits.length <= MAX_INTEGER_DIGITS ? readInteger(digits) : undefined;
  if (value !== undefined && value >= INT_LIMITS.lowest && value <= INT_LIMITS.highest) {
    return { is: 'int', value };
  }
  return { is: DECIMAL_FLOAT.test(digits) ? 'float' : 'string' };
}

function readInteger(text: string): bigint | undefined {
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign, hexadecimal, binary, octal, decimal] = match;
  const magnitude = BigInt(
    prefixed('0x', hexadecimal) ?? prefixed('0b', binary) ?? prefixed('0o', octal) ?? decimal ?? '0',
  );
  return sign === '-' ? -magnitude : magnitude;
}

function prefixed(prefix: string, digits: string | undefined): string | undefined {
  return digits === undefined ? undefined : prefix + digits;
}
