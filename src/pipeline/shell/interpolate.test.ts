import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { interpolate } from './interpolate.ts';

const VARIABLES = new Map([
  ['IMAGE', 'ruby'],
  ['TAG', '2.4'],
  ['EMPTY', ''],
  ['NESTED', '$IMAGE'],
]);

const expand = (text: string): string => interpolate(text, (name) => VARIABLES.get(name));

describe('interpolate', () => {
  test.each([
    ['$IMAGE:$TAG', 'ruby:2.4'],
    ['${IMAGE}s', 'rubys'],
    ['$IMAGES', ''],
    ['$EMPTY|$UNKNOWN|', '||'],
    ['$NESTED', '$IMAGE'],
    ['no variables', 'no variables'],
    ['', ''],
  ])('makes %s into %j', (text, expected) => {
    expect(expand(text)).toBe(expected);
  });

  test.each(['$', 'a$', '$5', '$$', '$-x', '$(date)', '${}', '${1}', '${IMAGE', '${IMAGE:-x}', '$.', '\\$!'])(
    'leaves %s as it is',
    (text) => {
      expect(expand(text)).toBe(text);
    },
  );

  test('changes no text without a dollar sign', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        fc.pre(!text.includes('$'));
        expect(expand(text)).toBe(text);
      }),
    );
  });
});
