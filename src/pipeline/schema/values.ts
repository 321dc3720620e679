import type { JsonSchema } from '../../kernel/index.ts';

/** Any scalar: the parser takes a number or a boolean as the text that was written. Nothing at all means absent. */
export const text = (description: string): JsonSchema => ({
  type: ['string', 'number', 'boolean', 'null'],
  description,
});

/** What becomes a step's property: fractions and nothing would be lost. */
export const propertyText = (description: string): JsonSchema => ({
  type: ['string', 'integer', 'boolean'],
  description,
});

/** The words are true and false in this file's YAML, and texts in the YAML of most editors. */
const WORDS = ['yes', 'no', 'on', 'off'].flatMap((word) => [
  word,
  `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
  word.toUpperCase(),
]);

export const truth = (description: string): JsonSchema => ({ enum: [true, false, ...WORDS], description });

const anyCase = (word: string): string =>
  [...word].map((letter) => `[${letter}${letter.toUpperCase()}]`).join('');

const TRUTH_PATTERN = ['true', 'false', 'yes', 'no', 'on', 'off'].map(anyCase).join('|');

/** A property that is true or false; a value with a variable is known only in the box. */
export const truthText = (description: string): JsonSchema => ({
  description,
  anyOf: [
    { type: 'boolean' },
    { enum: [0, 1] },
    { type: 'string', pattern: `^\\s*(${TRUTH_PATTERN}|0|1)?\\s*$|\\$` },
  ],
});

/** A property that is a whole number; a value with a variable is known only in the box. */
export const wholeText = (description: string): JsonSchema => ({
  description,
  anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^\\s*([-+]?[0-9]+)?\\s*$|\\$' }],
});

export const reference = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });

export const orNothing = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
