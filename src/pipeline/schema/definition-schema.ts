import type { JsonSchema } from '../../kernel/index.ts';
import type {
  PIPELINE_KEYS,
  TOP_LEVEL_KEYS,
  WORKFLOW_KEYS,
  WORKFLOW_PIPELINE_KEYS,
} from '../definition/keys.ts';
import { MAX_TIMEOUT_MINUTES } from '../definition/settings.ts';
import { BOX, READY, SERVICE } from './box-schema.ts';
import { STEP } from './step-schema.ts';
import { orNothing, reference, text, truth } from './values.ts';

/** A schema for each of these keys, no more and no less. */
type Keys<K extends readonly string[]> = Readonly<Record<K[number], JsonSchema>>;

const minutes = (description: string): JsonSchema => ({
  type: 'integer',
  minimum: 1,
  maximum: MAX_TIMEOUT_MINUTES,
  description,
});

const steps = (description: string): JsonSchema =>
  orNothing({ type: 'array', items: reference('step'), description });

const services = (description: string): JsonSchema => ({
  type: 'array',
  items: reference('service'),
  description,
});

const PIPELINE_FIELDS: Keys<typeof PIPELINE_KEYS> = {
  box: orNothing(reference('box')),
  services: services("instead of the file's; an empty list means none"),
  steps: steps('what runs, in order; the first that fails ends them'),
  'after-steps': steps('what runs then, whatever the result'),
  'base-path': { type: 'string', pattern: '[^/]', description: 'where the source is in the box' },
  docker: orNothing(truth('give the box access to the engine itself')),
};

const PIPELINE: JsonSchema = {
  type: 'object',
  description: 'a pipeline, named by its key',
  properties: PIPELINE_FIELDS,
  additionalProperties: steps('steps that --deploy-target with this key runs instead of `steps`'),
};

const NAME: JsonSchema = { type: ['string', 'number', 'boolean'], minLength: 1 };

const WORKFLOW_PIPELINE_FIELDS: Keys<typeof WORKFLOW_PIPELINE_KEYS> = {
  name: { ...NAME, description: 'what the others require it by' },
  pipelineName: text('the pipeline of this file; absent: the one called `name`'),
  requires: orNothing({ type: 'array', items: NAME, description: 'what has to pass before it starts' }),
  artifactPipeline: text('whose output it starts with, of those that it requires'),
  envFile: text('environment file instead of --environment'),
};

const WORKFLOW_FIELDS: Keys<typeof WORKFLOW_KEYS> = {
  name: { ...NAME, description: 'slipway workflow NAME runs it' },
  pipelines: {
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      properties: WORKFLOW_PIPELINE_FIELDS,
      required: ['name'],
      additionalProperties: false,
    },
  },
};

const WORKFLOW: JsonSchema = {
  type: 'object',
  properties: WORKFLOW_FIELDS,
  required: ['name', 'pipelines'],
  additionalProperties: false,
};

const TOP_LEVEL_FIELDS: Keys<typeof TOP_LEVEL_KEYS> = {
  box: orNothing(reference('box')),
  services: services('for pipelines that have none of their own'),
  'command-timeout': minutes('minutes after which a step is ended'),
  'no-response-timeout': minutes('minutes of silence after which a step is ended'),
  'source-dir': text('folder of the source where steps start'),
  'ignore-file': text('what is not copied into the box'),
  workflows: orNothing({ type: 'array', items: WORKFLOW, description: 'pipelines that start each other' }),
};

/**
 * The JSON Schema (draft 7) of a `wercker.yml`, for editors. It is made from the tables that the parser and the planner
 * use; where it is stricter than the contract, `slipway check-config` warns.
 */
export function definitionSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'wercker.yml',
    type: 'object',
    minProperties: 1,
    properties: TOP_LEVEL_FIELDS,
    patternProperties: { '^x-': { description: 'no pipeline: what anchors in it name is used elsewhere' } },
    additionalProperties: reference('pipeline'),
    definitions: { pipeline: PIPELINE, box: BOX, service: SERVICE, ready: READY, step: STEP },
  };
}
