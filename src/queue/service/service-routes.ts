import { randomUUID } from 'node:crypto';
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  preParsingHookHandler,
} from 'fastify';
import type { Authenticate, Caller } from '../../auth/index.ts';
import { QueueError } from '../error.ts';
import type { BaseUrlOf } from './base-url.ts';
import { callHandler, type MountedMethod } from './handle-call.ts';
import type { ServiceMethod } from './method.ts';
import { type Described, openApi } from './open-api.ts';
import { type PathParameters, routerPaths } from './read-path.ts';
import { JSON_TYPE, refuseCall } from './refuse-call.ts';
import { signedRequest } from './signed-request.ts';
import { createWaiting } from './waiting.ts';

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
  /** Another service has the same base: what is asked of the base itself is that one's. @defaultValue false */
  readonly isBeside?: boolean;
  /** Services with the same base: their methods are in this one's description. */
  readonly alsoDescribes?: readonly Described[];
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
  // What the framework refuses before a method has the request; methods answer their own errors.
  app.setErrorHandler((error, request, reply) => refuseCall({ error, request, reply, now: options.now }));
  if (!options.isBeside) mountBase(app, service, options);
  for (const method of service.methods) mountMethod(app, { service, method, options, waiting });
}

/** What is asked of the base of services, and of no method. */
function mountBase<S>(
  app: FastifyInstance,
  service: Service<S>,
  { alsoDescribes }: ServiceRoutesOptions<S>,
): void {
  const notFound = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply.code(404).type(JSON_TYPE).send(NOT_FOUND);
  app.setNotFoundHandler(notFound);
  app.options('/*', (_request, reply) => reply.code(204).send());
  let described: string | undefined;
  app.get('/openapi.json', (_request, reply) => {
    described ??= JSON.stringify(openApi(service, alsoDescribes));
    return reply.type(JSON_TYPE).send(described);
  });
}

/** Bodies are read only by methods that take one, and by their own rules. */
function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
}

function mountMethod<S>(app: FastifyInstance, mounted: MountedMethod<S>): void {
  const { service, method, options } = mounted;
  const takesItsTime = method.streams !== undefined;
  const config = { callName: `${service.name}.${method.name}`, isQuiet: true, takesItsTime };
  const handler = callHandler(mounted);
  const preParsing = refuseLargeBody(options);
  for (const url of routerPaths(method.path, service.parameters)) {
    app.route({ method: method.verb, url, config, bodyLimit: MAX_BODY_BYTES, preParsing, handler });
  }
}

/** What anybody may let this server keep in memory, on as many connections as there can be. */
const MAX_UNKNOWN_BODY_BYTES = 64 * 1024;

/** Of a body that is large only what somebody sends who may do something here is read. */
const refuseLargeBody =
  ({ authenticate }: Pick<ServiceRoutesOptions<unknown>, 'authenticate'>): preParsingHookHandler =>
  (request, _reply, payload, next) => {
    try {
      if (bodyBytes(request) > MAX_UNKNOWN_BODY_BYTES) refuseAnonymous(authenticate(signedRequest(request)));
      next(null, payload);
    } catch (error) {
      next(error instanceof Error ? error : new Error(String(error)));
    }
  };

const bodyBytes = ({ headers }: FastifyRequest): number =>
  headers['transfer-encoding'] === undefined
    ? Number(headers['content-length'] ?? 0)
    : Number.POSITIVE_INFINITY;

function refuseAnonymous({ clientId, scopes }: Caller): void {
  if (clientId !== 'anonymous' || scopes.includes('*')) return;
  throw new QueueError(
    'InsufficientScopes',
    `The request is not signed, and its body has more than ${MAX_UNKNOWN_BODY_BYTES / 1024} KiB, or does not say how much it has.`,
  );
}
