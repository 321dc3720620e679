import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticate, SignedRequest } from '../../auth/index.ts';
import { authorize } from './authorize.ts';
import type { BaseUrlOf } from './base-url.ts';
import type { Call } from './call.ts';
import { errorForm, repeatable } from './error-form.ts';
import type { ServiceMethod } from './method.ts';
import { openApi } from './open-api.ts';
import { checkBody, parseBody } from './read-body.ts';
import { namesOfPath, type PathParameters, readPath, readQuery, routerPaths } from './read-path.ts';
import { refusalOf } from './refusal.ts';
import { fillIn, namesOf } from './scope-template.ts';
import { createWaiting, type Waiting } from './waiting.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How metrics and the log call it, where its path does not: `queue.createTask`. */
    callName?: string;
  }
}

/** A service of the platform's API: a table of methods below `/api/<name>/<version>`. */
export interface Service<S> {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly parameters: PathParameters;
  readonly methods: readonly ServiceMethod<S>[];
}

export interface ServiceRoutesOptions<S> {
  /** What the methods work with. */
  readonly on: S;
  readonly authenticate: Authenticate;
  readonly baseUrlOf: BaseUrlOf;
  /** Aborts when the server begins to stop: what waits is answered then. */
  readonly stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Looks at every answer with its schema, and fails where it does not fit. @defaultValue false: for tests */
  readonly checkAnswers?: boolean;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** On every answer of a service, refusals included: its contract. */
const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'OPTIONS,GET,HEAD,POST,PUT,DELETE,TRACE,CONNECT',
  'access-control-allow-headers': 'X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control',
  'access-control-max-age': '900',
  'cache-control': 'no-store no-cache must-revalidate',
} as const;

const TRACE_ID = /^[\w.-]{1,64}$/;
const JSON_TYPE = 'application/json; charset=utf-8';
const NOT_FOUND = JSON.stringify({ error: 'Not found' });

/** Mounts a service. */
export const serviceRoutes =
  <S>(service: Service<S>, options: ServiceRoutesOptions<S>): FastifyPluginAsync =>
  async (app) => {
    const prefix = `/api/${service.name}/${service.version}`;
    await app.register(
      (scope, _nothing, done) => {
        mount(scope, service, options);
        done();
      },
      { prefix },
    );
  };

function mount<S>(app: FastifyInstance, service: Service<S>, options: ServiceRoutesOptions<S>): void {
  const waiting = createWaiting(options.stopping);
  takeBodiesAsBytes(app);
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(HEADERS);
    const trace = request.headers['x-taskcluster-trace-id'];
    reply.header('x-for-request-id', request.id);
    reply.header('x-for-trace-id', typeof trace === 'string' && TRACE_ID.test(trace) ? trace : randomUUID());
    next();
  });
  const notFound = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.code(404).type(JSON_TYPE).send(NOT_FOUND);
  app.setNotFoundHandler(notFound);
  app.options('/*', (_request, reply) => reply.code(204).send());
  // What the framework refuses before a method has the request; methods answer their own errors.
  app.setErrorHandler((error, request, reply) => refuse({ error, request, reply, options }));
  const described = JSON.stringify(openApi(service));
  app.get('/openapi.json', (_request, reply) => reply.type(JSON_TYPE).send(described));
  for (const method of service.methods) mountMethod(app, { service, method, options, waiting });
}

/** Bodies are read only by methods that take one, and by their own rules. */
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
}

interface Mounted<S> {
  readonly service: Service<S>;
  readonly method: ServiceMethod<S>;
  readonly options: ServiceRoutesOptions<S>;
  readonly waiting: Waiting;
}

function mountMethod<S>(app: FastifyInstance, mounted: Mounted<S>): void {
  const { service, method } = mounted;
  const config = { callName: `${service.name}.${method.name}`, isQuiet: true };
  const handler = handlerOf(mounted);
  for (const url of routerPaths(method.path, service.parameters)) {
    app.route({ method: method.verb, url, config, bodyLimit: MAX_BODY_BYTES, handler });
  }
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** What is known of a request so far; errors tell it. */
interface Progress {
  params: Readonly<Record<string, string>>;
  payload: unknown;
}

function handlerOf<S>({ service, method, options, waiting }: Mounted<S>): Handler {
  const names = namesOfPath(method.path);
  const { scopes, query = {}, input, status = 200 } = method;
  const isEarly = scopes !== undefined && namesOf(scopes).every((name) => names.includes(name));
  return async (request, reply) => {
    const progress: Progress = { params: {}, payload: undefined };
    try {
      const signed = signedRequest(request);
      const caller = options.authenticate(signed);
      // The router decodes: all its values are texts.
      const found = request.params as Readonly<Record<string, string>>;
      const params = readPath(names, found, service.parameters);
      progress.params = params;
      const read = readQuery(request.query as Readonly<Record<string, unknown>>, query);
      if (input !== undefined) progress.payload = parseBody(request.body, request.headers['content-type']);
      const body = input === undefined ? undefined : checkBody(input, progress.payload);
      let isAuthorized = scopes === undefined;
      let [answerStatus, headers] = [status, {}];
      const call: Call = {
        params,
        query: read,
        body,
        caller,
        baseUrl: options.baseUrlOf(signed),
        isWanted: () => isOpen(request, reply),
        waiting: () => waiting.signal((end) => reply.raw.once('close', end)),
        authorize(facts) {
          if (scopes !== undefined) authorize(caller, fillIn(scopes, { ...params, ...facts }));
          isAuthorized = true;
        },
        answer(other, more = {}) {
          [answerStatus, headers] = [other, more];
        },
      };
      if (isEarly) call.authorize({});
      const answer = await method.handle(call, options.on);
      if (!isAuthorized) throw new Error(`${service.name}.${method.name} answers without a look at scopes`);
      if (options.checkAnswers && answerStatus === status) method.output?.parse(answer);
      reply.code(answerStatus).headers(headers);
      return answer === undefined ? reply.send() : reply.type(JSON_TYPE).send(JSON.stringify(answer));
    } catch (error) {
      return refuse({ error, request, reply, options, progress, secrets: method.secrets });
    }
  };
}

/** A client that has just left is heard of when the event loop comes to its socket, and its end a turn later. */
async function isOpen({ raw }: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  await setImmediate();
  await setImmediate();
  return !reply.raw.closed && !raw.socket.destroyed;
}

interface Refused {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly options: Pick<ServiceRoutesOptions<unknown>, 'now'>;
  readonly progress?: Progress;
  readonly secrets?: readonly string[] | undefined;
}

function refuse({ error, request, reply, options, progress, secrets }: Refused): FastifyReply {
  const refusal = refusalOf(error);
  const facts = { call: request.routeOptions.config.callName, code: refusal.code, status: refusal.status };
  if (reply.raw.closed) {
    request.log.debug({ ...facts, err: error }, 'the client left before it had an answer');
    return reply.hijack();
  }
  if (refusal.status >= 500) request.log.error({ ...facts, err: error }, 'a call failed');
  else request.log.info({ ...facts, reason: firstLine(refusal.message) }, 'a call was refused');
  const sizeBytes = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const form = errorForm(refusal, {
    method: request.routeOptions.config.callName?.split('.')[1] ?? '',
    params: progress?.params ?? {},
    payload: repeatable(progress?.payload, sizeBytes, secrets),
    time: new Date(options.now()).toISOString(),
  });
  reply.code(refusal.status).headers(refusal.headers ?? {});
  return reply.type(JSON_TYPE).send(JSON.stringify(form));
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** A request as signatures see it: as it was sent. */
export function signedRequest({ raw }: FastifyRequest): SignedRequest {
  return {
    method: raw.method ?? '',
    url: raw.url ?? '',
    headers: raw.headers,
    isTls: (raw.socket as Partial<TLSSocket>).encrypted === true, // absent on a plain socket
  };
}
