import type { JsonSchema } from '../../kernel/index.ts';
import { EVENT_FORMAT_VERSION } from '../render/json.ts';
import { COMMAND_LINES } from './command-events.ts';
import type { Field } from './field.ts';
import { RUN_LINES } from './run-events.ts';

const RUN_ID: JsonSchema = { type: 'string', description: 'the run that the line belongs to' };

function lineSchema(type: string, { schema }: Field<unknown>, more: Record<string, JsonSchema>): JsonSchema {
  const always = {
    version: { const: EVENT_FORMAT_VERSION },
    type: { const: type },
    time: { type: 'string', format: 'date-time' },
    ...more,
  };
  return {
    title: type,
    type: 'object',
    properties: { ...always, ...schema.properties },
    required: [...Object.keys(always), ...(schema.required ?? [])],
  };
}

const lineSchemas = (table: object, more: Record<string, JsonSchema>): JsonSchema[] =>
  // Every value of the tables is a field.
  Object.entries(table as Record<string, Field<unknown>>).map(([type, field]) =>
    lineSchema(type, field, more),
  );

/** The JSON Schema of one line of `--output json`. Fields that it does not name may come with a later version. */
export function eventsSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A line of --output json of Slipway',
    type: 'object',
    oneOf: [...lineSchemas(RUN_LINES, { runId: RUN_ID }), ...lineSchemas(COMMAND_LINES, {})],
  };
}
