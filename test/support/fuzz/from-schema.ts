import fc from 'fast-check';
import { hostileText, hostileValue } from './hostile-values.ts';

/** As much of JSON Schema as descriptions of ours use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

/** A text of a pattern; of one that cannot be turned round, any. */
export function ofPattern(source: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(source));
  } catch {
    return fc.string();
  }
}

const HOUR = 3_600_000;
/** Most of what is asked is about the next days. */
const MOMENTS = fc
  .constantFrom(0, 1, 1, 1, 24, 24 * 400, -24, 24 * 365 * 1000)
  .map((hours) => new Date(Date.now() + hours * HOUR).toISOString());

const texts = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.format === 'date-time') return MOMENTS;
  return schema.pattern === undefined
    ? fc.string({ maxLength: schema.maxLength ?? 20 })
    : ofPattern(schema.pattern);
};

/** What a schema allows, as far as it is understood. */
function right(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (depth > 6) return fc.constant(null);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((each) => value(each, depth + 1)));
  if (schema.allOf !== undefined)
    return fc.tuple(...schema.allOf.map((each) => value(each, depth + 1))).map(merged);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objects(schema, depth);
    case 'array':
      return fc.array(value(schema.items ?? {}, depth + 1), { maxLength: 4 });
    case 'integer':
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1),
      });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'string':
      return texts(schema);
    default:
      return hostileValue;
  }
}

const merged = (parts: readonly unknown[]): unknown =>
  parts.every((each) => typeof each === 'object') ? Object.assign({}, ...parts) : parts[0];

function objects(
  { properties = {}, required = [], additionalProperties }: Schema,
  depth: number,
): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, each]) => [name, value(each, depth + 1)]),
  );
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  const inside =
    typeof additionalProperties === 'object' ? value(additionalProperties, depth + 1) : hostileValue;
  const others = fc.dictionary(hostileText, inside, { maxKeys: 2 });
  return fc
    .record({
      known,
      others,
      isStrange: fc.nat(9).map((n) => n === 0 || Object.keys(properties).length === 0),
    })
    .map(({ known: a, others: b, isStrange }) => (isStrange ? { ...a, ...b } : a));
}

/** Mostly what a schema allows; in every so many places something else. */
export function value(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 24, arbitrary: right(schema, depth) }, { weight: 1, arbitrary: hostileValue });
}
