import { isUtf8 } from 'node:buffer';
import { RouteError } from '../route-error.ts';

const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i;

/** The JSON of a body, whatever it is. Throws `RouteError`. */
export function readJson(bytes: unknown, contentType: string | undefined): unknown {
  if (contentType === undefined || !JSON_TYPE.test(contentType)) {
    throw new RouteError(415, 'Expected JSON, with the header content-type: application/json.');
  }
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw malformed('there is no body');
  if (!isUtf8(bytes)) throw malformed('it is not UTF-8');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw malformed('it cannot be parsed'); // the parser's words repeat what is written there
  }
}

const malformed = (detail: string): RouteError =>
  new RouteError(400, 'The body is not JSON.', { detail: `The body is not JSON: ${detail}.` });

const MAX_NAMED = 20;
const MAX_NAME_LENGTH = 64;

/** Sentences on the fields of an object that mean nothing here. */
export function unknownFields(body: object, known: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(body).filter((name) => !Object.hasOwn(known, name));
  const shown = names
    .slice(0, MAX_NAMED)
    .map((name) => `The field ${JSON.stringify(name.slice(0, MAX_NAME_LENGTH))} has no meaning here.`);
  return names.length > MAX_NAMED
    ? [...shown, `${names.length - MAX_NAMED} more fields have none either.`]
    : shown;
}

/** What was found, short enough to be shown, and without line ends. Of what has parts only that: it may be deep, and large. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 200) : value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
