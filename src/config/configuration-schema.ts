import type { JsonSchema } from '../kernel/index.ts';
import { type ConfigField, FIELDS, listFieldOf, SECTIONS } from './fields.ts';
import { KINDS } from './kinds.ts';

function fieldSchema({ kind, choices, about, unit, default: preset }: ConfigField): JsonSchema {
  const description = unit === undefined ? about : `${about} Unit: ${unit}.`;
  return {
    ...KINDS[kind].schema,
    ...(choices !== undefined && { enum: choices }),
    description,
    ...(preset !== undefined && { default: preset }),
  };
}

/** A section, or the list that may stand in its place. */
function withList(name: string, section: JsonSchema): JsonSchema {
  const list = FIELDS.find((each) => each.section === name && each.name === listFieldOf(name));
  if (list === undefined) return section;
  return { description: SECTIONS[list.section].about, anyOf: [section, fieldSchema(list.field)] };
}

/** The JSON Schema (draft 7) of the configuration file, for editors. */
export function configurationSchema(): JsonSchema {
  const sections = Object.entries(SECTIONS).map(([name, { about, fields }]): [string, JsonSchema] => [
    name,
    withList(name, {
      type: 'object',
      description: about,
      properties: Object.fromEntries(
        Object.entries(fields).map(([field, each]) => [field, fieldSchema(each)]),
      ),
      additionalProperties: false,
    }),
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'config.yaml of Slipway',
    type: 'object',
    properties: Object.fromEntries(sections),
    additionalProperties: false,
  };
}
