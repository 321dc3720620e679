import { EngineError } from '../error.ts';

/** A place in a JSON document that the engine sent. */
export interface Json {
  readonly value: unknown;
  /** Its way from the root, for messages: `.Config.User`. */
  readonly at: string;
  /** What the document was wanted for: `inspect the image x`. */
  readonly doing: string;
}

/** The document as the place to start from; `PROTOCOL` when the text is not JSON. */
export function parseJson(text: string, doing: string): Json {
  try {
    return { value: JSON.parse(text), at: '', doing };
  } catch (cause) {
    throw new EngineError('PROTOCOL', `cannot ${doing}: the engine's answer is not JSON`, { cause });
  }
}

/** The place of one member; its value is `undefined` when the object does not have it. */
export function field(json: Json, name: string): Json {
  const members = record(json);
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  return { value, at: `${json.at}.${name}`, doing: json.doing };
}

export function readText(json: Json): string {
  return typeof json.value === 'string' ? json.value : wrong(json, 'text');
}

export function readNumber(json: Json): number {
  return typeof json.value === 'number' ? json.value : wrong(json, 'a number');
}

export function readFlag(json: Json): boolean {
  return typeof json.value === 'boolean' ? json.value : wrong(json, 'true or false');
}

/** What `read` makes of the value; `undefined` when the engine left it out or sent null. */
export function optional<T>(json: Json, read: (json: Json) => T): T | undefined {
  return isAbsent(json) ? undefined : read(json);
}

/** The engine writes null for an empty list. */
export function readList<T>(json: Json, read: (json: Json) => T): T[] {
  if (isAbsent(json)) return [];
  if (!Array.isArray(json.value)) return wrong(json, 'a list');
  return json.value.map((value: unknown, index) => read({ ...json, value, at: `${json.at}[${index}]` }));
}

/** The engine writes null for an empty object. */
export function readMap<T>(json: Json, read: (json: Json) => T): Record<string, T> {
  const entries = isAbsent(json) ? [] : Object.keys(record(json));
  return Object.fromEntries(entries.map((name) => [name, read(field(json, name))]));
}

export function readKeys(json: Json): string[] {
  return isAbsent(json) ? [] : Object.keys(record(json));
}

function isAbsent(json: Json): boolean {
  return json.value === undefined || json.value === null;
}

function record(json: Json): Record<string, unknown> {
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return wrong(json, 'an object');
  }
  // Any object may be read by name: what it holds is still unknown.
  return json.value as Record<string, unknown>;
}

function wrong({ value, at, doing }: Json, expected: string): never {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  const place = at === '' ? 'as a whole' : `at ${at}`;
  const message = `cannot ${doing}: the engine's answer has ${found} where ${expected} belongs, ${place}`;
  throw new EngineError('PROTOCOL', message);
}
