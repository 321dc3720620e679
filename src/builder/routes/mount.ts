import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { untilGone } from '../../download/index.ts';
import { ByteGate } from '../../kernel/index.ts';
import { dropRest } from './drop-rest.ts';
import { envelopeOf, refusalEnvelope } from './envelope.ts';
import type { Principal } from './principal.ts';
import { readQuery } from './read-query.ts';
import { refusalOf } from './refusal.ts';
import { readJson } from './requests/read-json.ts';
import type { BuilderRoute } from './route.ts';
import { RouteError } from './route-error.ts';
import type { RoutesContext } from './routes-context.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How metrics and the log call it, where its path does not. */
    callName?: string;
    /** What of the builder it is, for what is said of errors before it is called. */
    builderRoute?: BuilderRoute;
  }
}

/** Who calls; asked before anything else of a request is looked at. Throws what `refusalOf` knows. */
export type Identify = (request: FastifyRequest) => Promise<Principal> | Principal;

export interface MountedRoute {
  readonly route: BuilderRoute;
  readonly url: string;
  readonly identify: Identify;
  readonly context: RoutesContext;
}

const JSON_TYPE = 'application/json; charset=utf-8';

// 10,000,000 characters of base64, and what is around them.
const MAX_BODY_BYTES = 10_100_000;
/** Bodies that are large wait for each other: so much of them is in memory at a time. */
const MAX_BODIES_BYTES = 64 * 1024 * 1024;
const SMALL_BODY_BYTES = 64 * 1024;

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'OPTIONS,GET,POST',
  'access-control-allow-headers': 'Content-Type,Authorization,Accept',
  'access-control-expose-headers': '*',
  'access-control-max-age': '900',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no', // a log that a proxy gathers comes too late
} as const;

/** What holds for all routes of a scope: bodies as bytes, every answer in the envelope, pages of others may ask. */
export function prepareScope(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook('onRequest', (_request, reply, next) => {
    // On the answer itself: logs are written past the framework.
    for (const [name, value] of Object.entries(HEADERS)) reply.raw.setHeader(name, value);
    next();
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    refuse(new RouteError(404, 'There is nothing here.'), request, reply),
  );
  app.options('/*', (_request, reply) => reply.code(204).send());
}

/** Mounts routes, and refuses the other methods of their paths. */
export function mountRoutes(app: FastifyInstance, mounted: readonly MountedRoute[]): void {
  const gate = new ByteGate(MAX_BODIES_BYTES);
  for (const each of mounted) mountRoute(app, each, gate);
  const verbs = new Map<string, HTTPMethods[]>();
  for (const { url, route } of mounted) verbs.set(url, [...(verbs.get(url) ?? []), route.verb]);
  for (const [url, known] of verbs) refuseOthers(app, url, known);
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** What an id of a build may look like, and a word is none of: `POST /build/strat` is meant for an address that is not there. */
const ID = /^[0-9a-f-]{36,64}$/;

/** Answers 405 to all methods of a path that it does not have. */
export function refuseOthers(app: FastifyInstance, url: string, known: readonly HTTPMethods[]): void {
  app.route({
    method: METHODS.filter((method) => !known.includes(method)),
    url,
    handler: (request, reply) => {
      const given = Object.values(request.params as Readonly<Record<string, string>>); // of a path's own names
      if (!given.every((id) => ID.test(id))) return reply.callNotFound();
      const headers = { allow: [...known, 'OPTIONS'].join(', ') };
      const message = `Only ${known.join(' and ')} can be done here.`;
      return refuse(new RouteError(405, message, { headers }), request, reply);
    },
  });
}

function mountRoute(
  app: FastifyInstance,
  { route, url, identify, context }: MountedRoute,
  gate: ByteGate,
): void {
  const { verb, query = {} } = route;
  const principals = new WeakMap<FastifyRequest, Principal>();
  app.route({
    method: verb,
    url,
    exposeHeadRoute: false,
    bodyLimit: MAX_BODY_BYTES,
    config: { callName: `builder.${route.name}`, builderRoute: route, takesItsTime: route.name === 'log' },
    async onRequest(request, reply) {
      principals.set(request, await identify(request));
      await roomForBody(gate, request, reply);
    },
    async handler(request, reply) {
      const principal = principals.get(request);
      if (principal === undefined) throw new Error('a request came by without anybody looking at who calls');
      const isRead = verb === 'POST' && !isBodiless(route, request);
      const answer = await route.handle(
        {
          request,
          reply,
          principal,
          query: readQuery(request, query),
          body: isRead ? readJson(request.body, request.headers['content-type']) : undefined,
        },
        context,
      );
      if (answer === undefined) return reply;
      return reply
        .code(answer.status ?? 200)
        .type(JSON_TYPE)
        .send(JSON.stringify(envelopeOf(answer)));
    },
  });
}

/** Where the path says it all a body may be left out. */
const isBodiless = ({ operatorPath }: BuilderRoute, { body, routeOptions }: FastifyRequest): boolean =>
  body === undefined && operatorPath.includes(':') && (routeOptions.url?.includes(':') ?? false);

async function roomForBody(gate: ByteGate, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { headers } = request;
  const isUnknown = headers['transfer-encoding'] !== undefined;
  const bytes = isUnknown ? MAX_BODY_BYTES : Number(headers['content-length'] ?? 0);
  if (bytes <= SMALL_BODY_BYTES || bytes > MAX_BODY_BYTES) return; // the framework refuses these
  const room = await gate.hold(bytes, untilGone(reply));
  reply.raw.once('close', () => room[Symbol.dispose]());
}

/** Answers with a refusal, and says so in the log. */
export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { builderRoute, callName } = request.routeOptions.config;
  const { status, message, detail, headers = {} } = refusalOf(error, builderRoute);
  const facts = { ...(callName !== undefined && { call: callName }), status };
  if (reply.raw.closed) {
    request.log.debug({ ...facts, err: error }, 'the client left before it had an answer');
    return reply.hijack();
  }
  const isTrouble = status >= 500 || hasTrouble(error);
  if (isTrouble) request.log.error({ ...facts, err: error }, 'a call failed');
  else request.log.info({ ...facts, reason: detail ?? message }, 'a call was refused');
  dropRest(request, reply);
  return reply
    .code(status)
    .headers(headers)
    .type(JSON_TYPE)
    .send(JSON.stringify(refusalEnvelope(message, detail)));
}

/** Whether the caller is told less than what the operator has to know. */
const hasTrouble = (error: unknown): boolean => error instanceof Error && error.cause instanceof Error;
