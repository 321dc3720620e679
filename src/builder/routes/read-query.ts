import type { FastifyRequest } from 'fastify';
import { shown } from './requests/read-json.ts';
import { RouteError } from './route-error.ts';

/** What a request's path and query say; names that mean nothing are ignored, as the original does. Throws `RouteError`. */
export function readQuery(
  { params, query }: FastifyRequest,
  patterns: Readonly<Record<string, RegExp>>,
): Record<string, string> {
  // The router decodes: all its values are texts.
  const read = { ...(params as Readonly<Record<string, string>>) };
  const found = query as Readonly<Record<string, unknown>>;
  for (const [name, pattern] of Object.entries(patterns)) {
    if (!Object.hasOwn(found, name)) continue;
    const value = found[name];
    if (typeof value !== 'string') throw invalid(name, 'expected it once');
    if (!pattern.test(value)) throw invalid(name, `expected ${pattern.source}, found ${shown(value)}`);
    if (!Object.hasOwn(read, name)) read[name] = value;
  }
  return read;
}

const invalid = (name: string, why: string): RouteError =>
  new RouteError(400, `Invalid ${name} in the query.`, { detail: `${name}: ${why}` });
