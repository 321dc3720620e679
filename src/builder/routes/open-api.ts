import { z } from 'zod';
import type { BuilderRoute } from './route.ts';

const REFUSAL = {
  type: 'object',
  required: ['message', 'status'],
  properties: {
    message: { type: 'string' },
    status: { type: 'string', const: 'ko' },
    detail: { type: 'string' },
  },
};

/** How a set of routes is called. */
export interface Described {
  readonly routes: readonly BuilderRoute[];
  readonly base: string;
  readonly version: string;
}

/** The description of the routes for users in OpenAPI 3.1, made of their table. */
export function openApi({ routes, base, version }: Described): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `${base}${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.verb.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Slipway’s image builder', version },
    security: [{ openwhiskBasicAuth: [] }],
    paths,
    components: {
      schemas: { Refusal: REFUSAL },
      securitySchemes: { openwhiskBasicAuth: { type: 'apiKey', in: 'header', name: 'Authorization' } },
    },
  };
}

function operation({ name, about, path, query = {}, input, gives, statuses = [200] }: BuilderRoute): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, each = '']) => each);
  return {
    operationId: name,
    summary: about,
    parameters: [
      ...inPath.map((each) => ({ name: each, in: 'path', required: true, schema: { type: 'string' } })),
      ...Object.entries(query).map(([each, { source: pattern }]) => ({
        name: each,
        in: 'query',
        required: false,
        schema: { type: 'string', pattern },
      })),
    ],
    ...(input !== undefined && {
      requestBody: { required: true, content: jsonOf(schemaOf(input, 'input')) },
    }),
    responses: {
      ...Object.fromEntries(statuses.map((status) => [status, answer(gives)])),
      default: { description: 'a refusal', content: jsonOf({ $ref: '#/components/schemas/Refusal' }) },
    },
  };
}

function answer(gives: BuilderRoute['gives']): object {
  if (gives === undefined) return { description: 'the log', content: { 'text/plain': {} } };
  const envelope = z.object({
    message: z.string(),
    status: z.literal('ok'),
    ...gives,
    data: z.object(gives),
    warnings: z.array(z.string()).optional(),
  });
  return { description: 'done', content: jsonOf(schemaOf(envelope, 'output')) };
}

const jsonOf = (schema: object): object => ({ 'application/json': { schema } });

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
