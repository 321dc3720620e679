import type { JsonSchema } from '../../kernel/index.ts';
import { EVENT_FORMAT_VERSION, type WorkflowPlace } from '../render/json.ts';
import { COMMAND_LINES } from './command-events.ts';
import type { Field } from './field.ts';
import { RUN_LINES } from './run-events.ts';

const RUN_ID: JsonSchema = { type: 'string', description: 'the run that the line belongs to' };

const PLACE: Readonly<Record<keyof WorkflowPlace, JsonSchema>> = {
  workflow: { type: 'string', description: 'of which the run is a part; absent: of none' },
  workflowPipeline: { type: 'string', description: "the pipeline's name within the workflow" },
};

interface More {
  readonly required?: Readonly<Record<string, JsonSchema>>;
  readonly optional?: Readonly<Record<string, JsonSchema>>;
}

function lineSchema(type: string, { schema }: Field<unknown>, { required, optional }: More): JsonSchema {
  const always = {
    version: { const: EVENT_FORMAT_VERSION },
    type: { const: type },
    time: { type: 'string', format: 'date-time' },
    ...required,
  };
  return {
    title: type,
    type: 'object',
    properties: { ...always, ...optional, ...schema.properties },
    required: [...Object.keys(always), ...(schema.required ?? [])],
  };
}

const lineSchemas = (table: object, more: More): JsonSchema[] =>
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
    oneOf: [
      ...lineSchemas(RUN_LINES, { required: { runId: RUN_ID }, optional: PLACE }),
      ...lineSchemas(COMMAND_LINES, {}),
    ],
  };
}
