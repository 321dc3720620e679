import { findJsonMistake } from './json-mistake.ts';
import { placeOf } from './json-place.ts';
import { isObject, jsonType, withoutMark } from './json-text.ts';
import type { Mistake } from './place.ts';

/** What a JSON file of requirements looks like. */
export interface JsonForm {
  /** Keys whose values are objects of package names and what is asked for of each. */
  readonly tables: readonly string[];
  /** Whether a value says what is asked for of a package. */
  readonly isAsked: (value: unknown) => boolean;
  /** For messages: `a string like "^1.2.3"`. */
  readonly asked: string;
}

/** Everything that is wrong in it for sure. */
export function checkJson(text: string, form: JsonForm): readonly Mistake[] {
  const mark = text.length - withoutMark(text).length;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(mark));
  } catch (error) {
    return [notJson(text, mark, error instanceof Error ? error.message : String(error))];
  }
  if (!isObject(value)) {
    const message = `Expected a JSON object, found ${jsonType(value)}.`;
    return [{ code: 'wrong-type', message, offset: placeOf(text, []) }];
  }
  const top = value;
  return form.tables.flatMap((table) => (table in top ? checkTable(text, form, table, top[table]) : []));
}

function notJson(text: string, mark: number, words: string): Mistake {
  const place = findJsonMistake(text.slice(mark));
  if (place === undefined) return { code: 'not-json', message: `The file is not JSON: ${words}.` };
  const { offset, length, expected, found } = place;
  const message = `The file is not JSON: expected ${expected}, found ${found}.`;
  return { code: 'not-json', message, offset: offset + mark, length };
}

function checkTable(text: string, form: JsonForm, table: string, value: unknown): readonly Mistake[] {
  // What PHP writes for an object without entries.
  if (Array.isArray(value) && value.length === 0) return [];
  if (!isObject(value)) {
    const message = `"${table}" should be an object of package names, found ${jsonType(value)}.`;
    return [{ code: 'wrong-type', message, offset: placeOf(text, [table]) }];
  }
  const wrong = Object.entries(value).filter(([name, each]) => isNoName(name) || !form.isAsked(each));
  return wrong.slice(0, MOST_SHOWN).map(([name, each]) => {
    const shown = `${JSON.stringify(name.slice(0, 100))} in "${table}"`;
    const offset = placeOf(text, [table, name]);
    return isNoName(name)
      ? { code: 'not-a-name', message: `${shown} is no package's name.`, offset }
      : {
          code: 'wrong-type',
          message: `${shown} should be ${form.asked}, found ${jsonType(each)}.`,
          offset,
        };
  });
}

/** No registry of these kinds has a package with a blank in its name. */
const isNoName = (name: string): boolean => name === '' || /\s/.test(name);

// Each is looked for from the beginning on.
const MOST_SHOWN = 20;
