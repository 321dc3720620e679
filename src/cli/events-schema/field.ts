import type { JsonSchema } from '../../kernel/index.ts';

/**
 * One field of a line. The last two are never there: they let the compiler compare the field's values with the event's,
 * so that neither has one that the other lacks.
 */
export interface Field<T, Optional extends boolean = false> {
  readonly schema: JsonSchema;
  readonly optional: Optional;
  readonly gives?: T;
  readonly takes?: (value: T) => void;
}

/** The fields that describe an object: the same names, the same kinds of values, optional where those are. */
export type FieldsOf<T> = {
  readonly [K in keyof T]-?: Field<
    Exclude<T[K], undefined>,
    Partial<Pick<T, K>> extends Pick<T, K> ? true : false
  >;
};

const field = <T>(schema: JsonSchema): Field<T> => ({ schema, optional: false });

export const text = (description?: string): Field<string> =>
  field({ type: 'string', ...(description === undefined ? {} : { description }) });

/** A whole number from 0. */
export const count = (description?: string): Field<number> =>
  field({ type: 'integer', minimum: 0, ...(description === undefined ? {} : { description }) });

/** A number from 0, fractions included. */
export const amount = (description: string): Field<number> =>
  field({ type: 'number', minimum: 0, description });

/** Milliseconds, fractions included. */
export const duration: Field<number> = field({ type: 'number', minimum: 0, description: 'milliseconds' });

export const whole = (description: string): Field<number> => field({ type: 'integer', description });

export const flag = (description?: string): Field<boolean> =>
  field({ type: 'boolean', ...(description === undefined ? {} : { description }) });

export const choice = <const T extends string>(...values: readonly T[]): Field<T> =>
  field({ type: 'string', enum: values });

export const list = <T>(item: Field<T>): Field<readonly T[]> => field({ type: 'array', items: item.schema });

export const optional = <T>({ schema }: Field<T>): Field<T, true> => ({ schema, optional: true });

/** Bytes, as text in base64. */
export const base64: Field<string> = field({ type: 'string', contentEncoding: 'base64' });

/** An object with these fields; more may be added within a version. */
export function object<T>(fields: NoInfer<FieldsOf<T>>): Field<T> {
  // One list of entries for the two halves of the schema; the compiler has compared the fields with T already.
  const entries = Object.entries(fields) as [string, Field<unknown, boolean>][];
  return field({
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    required: entries.filter(([, each]) => !each.optional).map(([name]) => name),
  });
}
