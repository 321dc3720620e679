import type { JsonSchema } from '../../kernel/index.ts';
import { CONTAINER_NAMED_STEPS, INTERNAL_STEPS, type RESERVED_STEP_KEYS } from '../definition/keys.ts';
import type { StepProperty } from '../manifest.ts';
import { internalManifest } from '../properties/internal-steps.ts';
import { propertyText, truthText, wholeText } from './values.ts';

const RESERVED: Readonly<Record<(typeof RESERVED_STEP_KEYS)[number], JsonSchema>> = {
  name: propertyText('what the step is shown by'),
  cwd: propertyText('folder to start in, relative to the source'),
  checkpoint: propertyText('keep the box under this name once the step has passed'),
};

const CODE = propertyText('the commands; the first that fails ends the step');

const SCRIPT: JsonSchema = {
  description: 'commands of your own',
  type: 'object',
  properties: { ...RESERVED, code: CODE },
  additionalProperties: propertyText('reaches the step as WERCKER_SCRIPT_…'),
};

const DATA: JsonSchema = {
  type: 'object',
  properties: RESERVED,
  additionalProperties: propertyText('a property of the step'),
};

type Described = StepProperty & { readonly about: string };

function propertySchema({ type, about, default: preset }: Described): JsonSchema {
  const shown = preset === undefined ? {} : { default: preset };
  switch (type) {
    case 'boolean':
      return { ...truthText(about), ...shown };
    case 'int':
      return { ...wholeText(about), ...shown };
    case 'string':
    case 'password':
      return { ...propertyText(about), ...shown };
  }
}

function internalSchema(id: string): JsonSchema {
  const manifest = internalManifest(id);
  const properties = manifest?.properties ?? [];
  const { name: displayName, ...others } = RESERVED;
  const reserved = CONTAINER_NAMED_STEPS.includes(id) ? others : { ...others, name: displayName };
  const needed = properties.filter((each) => each.required && each.default === undefined);
  return {
    description: manifest?.summary ?? id,
    type: ['object', 'null'],
    properties: {
      ...reserved,
      ...Object.fromEntries(properties.map((each) => [each.name, propertySchema(each)])),
    },
    required: needed.map(({ name }) => name),
    additionalProperties: false,
  };
}

const INTERNAL: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  Array.from(INTERNAL_STEPS.keys(), (id) => [id, internalSchema(id)]),
);

/** With one key, the step's data below it; with several, the first names the step and the others are its data. */
const STEP_MAP: JsonSchema = {
  type: 'object',
  minProperties: 1,
  properties: { script: { anyOf: [SCRIPT, { type: 'null' }] }, ...INTERNAL, code: CODE, ...RESERVED },
  additionalProperties: { anyOf: [DATA, { type: ['string', 'integer', 'boolean', 'null'] }] },
  if: { required: ['script'], maxProperties: 1 },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema; nothing awaits a schema.
  then: { properties: { script: { type: 'object', minProperties: 1 } } },
};

const STEP_NAME: JsonSchema = {
  description: 'owner/name@version, or name "URL"',
  anyOf: [
    { enum: [...INTERNAL_STEPS.keys()] },
    { type: 'string', minLength: 1, not: { enum: ['script'] } },
    { type: ['number', 'boolean'] },
  ],
};

export const STEP: JsonSchema = { anyOf: [STEP_MAP, STEP_NAME] };
