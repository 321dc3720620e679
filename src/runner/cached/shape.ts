/** Whether a value that was read is of a kind. */
export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === 'string';

/** A whole number from 0. */
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;

export const isDuration: Check = (value) => typeof value === 'number' && value >= 0 && value < Infinity;

export const isDigest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** Milliseconds since the epoch; what is later is no date. */
export const isTime: Check = (value) => isCount(value) && Number(value) <= 8.64e15;

export const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

export const isListOf =
  (check: Check, maxItems: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= maxItems && value.every(check);

/** One check for each field, so that none is forgotten. */
export type Fields<T> = { readonly [K in keyof T]-?: Check };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of these fields; others are let be. */
export function shape<T>(fields: Fields<T>): (value: unknown) => value is T {
  const checks = Object.entries(fields) as [string, Check][]; // they are all checks
  return (value): value is T => isObject(value) && checks.every(([name, check]) => check(value[name]));
}

/** An object of these fields and no other. */
export function exactShape<T>(fields: Fields<T>): (value: unknown) => value is T {
  const hasFields = shape<T>(fields);
  const names = new Set(Object.keys(fields));
  return (value): value is T =>
    hasFields(value) && Object.keys(value as object).every((name) => names.has(name));
}
