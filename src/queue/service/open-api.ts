import { z } from 'zod';
import type { ServiceMethod } from './method.ts';
import { namesOfPath, type PathParameters } from './read-path.ts';

/** What of a service is described. */
export interface Described {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly parameters: PathParameters;
  readonly methods: readonly ServiceMethod<never>[];
}

const REFUSAL = {
  type: 'object',
  required: ['code', 'message', 'requestInfo'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    requestInfo: { type: 'object' },
  },
};

/** The description of a service in OpenAPI 3.1, made of its table; with `others` that have the same base. */
export function openApi(service: Described, others: readonly Described[] = []): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { methods, parameters } of [service, ...others]) {
    for (const method of methods) {
      const path = method.path.replace(/<([^>]+)>/g, '{$1}');
      paths[path] = { ...paths[path], [method.verb.toLowerCase()]: operation(method, parameters) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: service.title, version: service.version },
    servers: [{ url: `/api/${service.name}/${service.version}` }],
    paths,
    components: {
      schemas: { Refusal: REFUSAL },
      securitySchemes: {
        hawk: { type: 'http', scheme: 'hawk' },
        bewit: { type: 'apiKey', in: 'query', name: 'bewit' },
      },
    },
  };
}

function operation(method: ServiceMethod<never>, parameters: PathParameters): object {
  const { name, about, scopes, isDeprecated, input, status = 200 } = method;
  const schemas = method.verb === 'GET' ? [{ hawk: [] }, { bewit: [] }, {}] : [{ hawk: [] }, {}];
  return {
    operationId: name,
    summary: about,
    ...(isDeprecated && { deprecated: true }),
    ...(scopes === undefined ? { security: [] } : { security: schemas, 'x-scopes': scopes }),
    parameters: [
      ...namesOfPath(method.path).map((each) => parameter('path', each, parameters[each]?.pattern)),
      ...Object.entries(method.query ?? {}).map(([each, pattern]) => parameter('query', each, pattern)),
    ],
    ...(input !== undefined && {
      requestBody: { required: true, content: jsonOf(jsonSchema(input, 'input')) },
    }),
    responses: {
      [status]: answer(method),
      default: { description: 'a refusal', content: jsonOf({ $ref: '#/components/schemas/Refusal' }) },
    },
  };
}

const parameter = (place: 'path' | 'query', name: string, pattern: RegExp | undefined): object => ({
  name,
  in: place,
  required: place === 'path',
  schema: { type: 'string', ...(pattern !== undefined && { pattern: pattern.source }) },
});

const answer = ({ output, streams, about }: ServiceMethod<never>): object => ({
  description: about,
  ...(streams !== undefined && { content: { [streams]: { schema: { type: 'string' } } } }),
  ...(output !== undefined && { content: jsonOf(jsonSchema(output, 'output')) }),
});

const jsonOf = (schema: object): object => ({ 'application/json': { schema } });

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
