import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { QueueError } from '../error.ts';

// Deeper than anything that a person means, and far from what a walk over it, or its text, could exhaust the stack with.
const MAX_DEPTH = 100;
const MAX_MISTAKES = 50;
const MAX_MISTAKE_LENGTH = 300;
const JSON_TYPE = /^application\/json(?:$|[\s;])/i;

const malformed = (message: string): QueueError => new QueueError('MalformedPayload', message);

/** The JSON of a body. Throws `MalformedPayload`. */
export function parseBody(bytes: unknown, contentType: string | undefined): unknown {
  if (contentType === undefined || !JSON_TYPE.test(contentType)) {
    throw malformed('This method needs a body of JSON, with the header content-type: application/json.');
  }
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw malformed('There is no body: expected JSON.');
  if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.');
  const value = parsed(bytes.toString());
  checkTree(value, 0);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new QueueError('MalformedPayload', 'The body is not JSON.', { cause });
  }
}

/** What JSON can say and no program means: such values would come out of the database as others, or as none. */
function checkTree(value: unknown, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw malformed('The body holds a number that is too large.');
  if (typeof value !== 'object' || value === null) return;
  if (depth === MAX_DEPTH) throw malformed(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  if (Array.isArray(value)) {
    for (const item of value) checkTree(item, depth + 1);
    return;
  }
  if (Object.hasOwn(value, '__proto__')) throw malformed('The body has a field of the name "__proto__".');
  for (const item of Object.values(value)) checkTree(item, depth + 1);
}

/** A body as its schema has it. Throws `InputValidationError` with all that is wrong. */
export function checkBody<B>(schema: z.ZodType<B>, value: unknown): B {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const lines = issues.slice(0, MAX_MISTAKES).map(lineOf);
  const more = issues.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  throw new QueueError(
    'InputValidationError',
    `The body is not what this method takes:\n\n${lines.map((line) => `  * ${line}`).join('\n')}`,
  );
}

function lineOf({ path, message }: z.core.$ZodIssue): string {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const line = `${place === '' ? 'the body' : place.replace(/^\./, '')}: ${message}`;
  return line.length > MAX_MISTAKE_LENGTH ? `${line.slice(0, MAX_MISTAKE_LENGTH)}…` : line;
}
