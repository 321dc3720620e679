import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { eventsSchema } from './events-schema.ts';

it('is a schema in which no line has a field twice', () => {
  const ajv = new Ajv({ allowUnionTypes: true, validateFormats: false });
  expect(() => ajv.compile(eventsSchema())).not.toThrow(); // which says where one has
});
