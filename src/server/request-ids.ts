import type { FastifyRequest } from 'fastify';

/** What parts of paths are called, and fields of the log. */
const IDS = ['taskId', 'taskGroupId', 'runId', 'buildId'] as const;
const ID = /^[\w-]{1,64}$/;

/** The task, run or build that a request is about, by the names of its route's parts; a task's run is a number. */
export function idsOf(request: FastifyRequest): Readonly<Record<string, string | number>> {
  const { params } = request;
  if (typeof params !== 'object' || params === null) return {};
  const given = new Map<string, unknown>(Object.entries(params));
  if (request.routeOptions.config.callName?.startsWith('builder.')) given.set('buildId', buildOf(request));
  const found = IDS.flatMap((name): [string, string | number][] => {
    const value = given.get(name);
    if (typeof value !== 'string' || !ID.test(value)) return [];
    return [[name, name === 'runId' && given.has('taskId') ? Number(value) : value]];
  });
  return Object.fromEntries(found);
}

/** The builder's own routes have a build in their path, and the original's in their query. */
function buildOf({ params, query }: FastifyRequest): unknown {
  const named = Object.assign({}, query, params) as Readonly<Record<string, unknown>>; // both are objects by the router
  return named['id'];
}
