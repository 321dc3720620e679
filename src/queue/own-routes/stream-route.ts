import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { Authenticate, Caller } from '../../auth/index.ts';
import { errorForm } from '../service/error-form.ts';
import type { BaseUrlOf } from '../service/index.ts';
import { type PathParameters, readPath, readQuery } from '../service/read-path.ts';
import { signedRequest } from '../service/signed-request.ts';
import { ownRefusal } from './own-refusal.ts';

/** What routes need whose bodies are streams. */
export interface StreamOptions {
  readonly authenticate: Authenticate;
  readonly baseUrlOf: BaseUrlOf;
  /** Aborts when the server begins to stop. */
  readonly stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A request for something of a run: its path and query are checked, who calls is not. */
export interface StreamCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly taskId: string;
  readonly runId: number;
  readonly name: string;
  readonly query: Readonly<Partial<Record<string, string>>>;
  /** What URLs that are given out begin with; no slash at its end. */
  readonly baseUrl: string;
  /** Who calls. Throws `AuthError`. */
  caller(): Caller;
}

interface StreamRoute {
  readonly method: HTTPMethods[];
  /** Below `/task/:taskId/runs/:runId/`; the artifact's name comes behind it. */
  readonly place: string;
  /** What comes behind the name. */
  readonly ending?: string;
  readonly callName: string;
  readonly query: Readonly<Record<string, RegExp>>;
  /** Its request may go on for as long as it likes. */
  readonly takesItsTime?: boolean;
  handle(call: StreamCall): Promise<FastifyReply | undefined>;
}

export const OWN_PARAMETERS: PathParameters = {
  taskId: { pattern: /^[\w-]{22}$/ },
  runId: { pattern: /^(?:0|[1-9]\d{0,2}|1000)$/ },
  name: { pattern: /^[\x20-\x7e]{1,1024}$/ },
};

export const JSON_TYPE = 'application/json; charset=utf-8';

// On every answer, also on those that are written past the framework. What proxies gather they would give too late.
const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
} as const;

/** Mounts a route whose handler reads the request, or writes the answer, as a stream. */
export function mountStream(app: FastifyInstance, options: StreamOptions, route: StreamRoute): void {
  const { method, place, callName, takesItsTime = false } = route;
  app.route({
    method,
    url: `/task/:taskId/runs/:runId/${place}/*`,
    exposeHeadRoute: false,
    config: { callName, takesItsTime, isQuiet: true },
    onRequest(request, reply, next) {
      // The framework would refuse types that it cannot read; here any text is one, if it is that of the artifact.
      request.headers = { 'content-type': undefined };
      for (const [name, value] of Object.entries(HEADERS)) reply.raw.setHeader(name, value);
      next();
    },
    async handler(request, reply) {
      try {
        return await route.handle(callOf(request, reply, options, route));
      } catch (error) {
        return refuse(error, { request, reply, options, callName });
      }
    },
  });
}

function callOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, baseUrlOf }: StreamOptions,
  { query, ending = '' }: StreamRoute,
): StreamCall {
  // The router decodes: all its values are texts.
  const { '*': rest = '', ...found } = request.params as Readonly<Record<string, string>>;
  const name = rest.endsWith(ending) ? rest.slice(0, rest.length - ending.length) : '';
  const params = readPath(['taskId', 'runId', 'name'], { ...found, name }, OWN_PARAMETERS);
  const signed = signedRequest(request);
  return {
    request,
    reply,
    taskId: params['taskId'] ?? '',
    runId: Number(params['runId']),
    name,
    query: readQuery(request.query as Readonly<Record<string, unknown>>, query),
    baseUrl: baseUrlOf(signed),
    caller: () => authenticate(signed),
  };
}

interface Refused {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly options: Pick<StreamOptions, 'now'>;
  readonly callName: string;
}

function refuse(error: unknown, { request, reply, options, callName }: Refused): FastifyReply {
  const {
    status,
    code,
    message,
    headers = {},
  } = ownRefusal(error instanceof WithFacts ? error.cause : error);
  const facts = { call: callName, code, status };
  if (reply.raw.closed || request.raw.socket.destroyed) {
    request.log.debug({ ...facts, err: error }, 'the client left before it had an answer');
    return reply.hijack();
  }
  if (status >= 500) request.log.error({ ...facts, err: error }, 'a call failed');
  else request.log.info({ ...facts, reason: message.split('\n', 1)[0] }, 'a call was refused');
  const requestInfo = {
    method: callName.split('.')[1] ?? '',
    params: {},
    payload: {},
    time: new Date(options.now()).toISOString(),
  };
  const form = errorForm({ status, code, message }, requestInfo);
  const more = error instanceof WithFacts ? error.facts : {};
  dropRest(request);
  return reply
    .code(status)
    .headers(headers)
    .type(JSON_TYPE)
    .send(JSON.stringify({ ...form, ...more }));
}

/** An error with more for the client to go on from. */
export class WithFacts extends Error {
  override readonly name = 'WithFacts';
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(cause: unknown, facts: Readonly<Record<string, unknown>>) {
    super('with facts', { cause });
    this.facts = facts;
  }
}

const LINGER_MS = 3_000;

/**
 * Lets what still comes of a request go by for a moment: a connection that is closed while bytes come takes the answer with
 * it.
 */
function dropRest({ raw }: FastifyRequest): void {
  if (raw.complete) return;
  raw.resume();
  const timer = setTimeout(() => {
    if (!raw.complete) raw.socket.destroy();
  }, LINGER_MS);
  raw.once('close', () => clearTimeout(timer));
}
