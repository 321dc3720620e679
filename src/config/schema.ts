import { z } from 'zod';
import { type ConfigField, FIELDS, SECTIONS } from './fields.ts';
import { KINDS, type ReadContext } from './kinds.ts';

// Loaded only where there is a configuration file: nothing else needs zod.

/** What zod says where a value is none of its kind; `code` is the diagnostic's. */
export interface FieldIssue {
  readonly code: 'literal-secret' | 'wrong-value';
  readonly expected: string;
}

const isLiteral = (value: unknown): boolean => typeof value !== 'object' || value === null;

function fieldSchema(field: ConfigField, context: ReadContext): z.ZodType {
  const kind = KINDS[field.kind];
  return z.unknown().transform((value, { issues }) => {
    const read = kind.read(value, context);
    const isChoice = field.choices === undefined || field.choices.some((choice) => choice === read);
    if (read !== undefined && isChoice) return read;
    const expected = field.choices === undefined ? kind.expected : field.choices.join(', ');
    const code = field.kind === 'secret' && isLiteral(value) ? 'literal-secret' : 'wrong-value';
    const params: FieldIssue = { code, expected };
    issues.push({ code: 'custom', input: value, params: { ...params } });
    return z.NEVER;
  });
}

function sectionSchema(section: string, context: ReadContext): z.ZodType {
  const fields = FIELDS.filter((each) => each.section === section);
  return z.strictObject(
    Object.fromEntries(fields.map(({ name, field }) => [name, fieldSchema(field, context).optional()])),
  );
}

/** What a configuration file holds: every section and every field may be absent, and there are no others. */
export const configurationFile = (context: ReadContext): z.ZodType =>
  z.strictObject(
    Object.fromEntries(
      Object.keys(SECTIONS).map((section) => [section, sectionSchema(section, context).optional()]),
    ),
  );
