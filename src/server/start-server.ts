import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:tls';
import {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { NO_TELEMETRY, type Telemetry } from '../telemetry/index.ts';
import {
  answerClientError,
  answerErrors,
  answerMisdirected,
  answerNotFound,
  requestIds,
} from './answer-errors.ts';
import { createBodyTimes } from './body-times.ts';
import { callsByOwnName, type IsOwnName } from './called-by-name.ts';
import { createServerOf } from './create-http-server.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { listen, urlOf } from './listen.ts';
import type { ServerLogger } from './logger.ts';
import type { ServerMetrics } from './metrics.ts';
import { observeConnections, observeRequest } from './observe.ts';
import { type OwnDoor, openOwnDoor } from './own-door.ts';
import { type HealthCheck, mountOwnRoutes, type RefuseScrape } from './own-routes.ts';
import { secureHeaders } from './secure-headers.ts';
import { createStop, type Stop } from './stop.ts';
import type { TlsPair } from './tls.ts';
import { createTurns } from './turn.ts';

export interface ServerOptions {
  /** An address or a name; `::` is every address of the machine, also where it has no IPv6. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Absent: HTTP. */
  readonly tls?: TlsPair;
  /**
   * What the server is for. An error that a route throws is answered by the one table, as plain text, or as JSON where its
   * `config` says `{ errors: 'json' }`.
   */
  readonly routes: readonly FastifyPluginAsync[];
  readonly logger: ServerLogger;
  readonly metrics: ServerMetrics;
  /** Where spans of requests go. @defaultValue nowhere */
  readonly telemetry?: Telemetry;
  /** Whether the id that a request comes with is believed. @defaultValue false */
  readonly trustProxy?: boolean;
  /** Whether the server is called so, by `Host`; who calls it otherwise gets nothing. @defaultValue every name */
  readonly isOwnName?: IsOwnName;
  /** How long answers may go on after the server was told to stop. */
  readonly drainTimeoutMs: number;
  /**
   * Aborts as soon as the server is to stop, which may be long before `close`: from then on `/healthz` and `/readyz` send
   * everybody elsewhere, while all else is answered as before.
   */
  readonly leaving?: AbortSignal;
  /** The answer where no route is. @defaultValue `there is nothing here` */
  readonly notFoundText?: string;
  readonly limits?: Partial<ServerLimits>;
  /** What `/healthz` looks at. @defaultValue nothing: a server that answers is well */
  readonly checks?: readonly HealthCheck[];
  /** Who is given no `/metrics`. @defaultValue everybody is */
  readonly refuseScrape?: RefuseScrape;
  /**
   * Answers a request before anything else, all at once, and says whether it did. Such answers have the headers that it
   * gives them, are not logged, and count themselves. Not asked while the server stops, or with `--debug` logs.
   */
  readonly atOnce?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Whether programs of its own come in by a door of theirs, `doorUrl`. @defaultValue false */
  readonly hasOwnDoor?: boolean;
}

/** A server that listens. Disposing it stops it, as `close` does. */
export interface RunningServer extends AsyncDisposable {
  /** For a client on this machine: `http://127.0.0.1:8091`. */
  readonly url: string;
  readonly port: number;
  /** Plain HTTP, for programs of this machine that the server started; with `hasOwnDoor`. */
  readonly doorUrl?: string;
  /** New connections use this certificate from now on. Only for a server that began with one. */
  replaceTls(pair: TlsPair): void;
  /**
   * Stops: nothing new is accepted, idle connections are closed, answers that go on may end within the drain time, or until
   * `hurry` aborts. Resolves when no connection is left, with how many answers were cut off. May be called again.
   */
  close(hurry?: AbortSignal): Promise<{ readonly cut: number }>;
}

/** Starts an HTTP or HTTPS server with routes on it. Throws `ServerError` where it cannot listen. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { logger, metrics, tls } = options;
  const limits = { ...defaultLimits(), ...options.limits };
  const { app, server, stop } = createApp(options, limits);
  let door: OwnDoor | undefined;
  const close: RunningServer['close'] = async (hurry) => {
    const result = await stop.close(options.drainTimeoutMs, hurry);
    await door?.[Symbol.asyncDispose]();
    door = undefined;
    await app.close();
    return result;
  };
  observeConnections(server, { metrics, logger, limit: limits.connections });
  try {
    await app.ready();
    const address = await listen(server, { host: options.host, port: options.port });
    if (options.hasOwnDoor) door = await openOwnDoor(server, tls !== undefined);
    return {
      url: urlOf(address, tls !== undefined),
      port: address.port,
      ...(door !== undefined && { doorUrl: door.url }),
      replaceTls(pair) {
        if (tls === undefined) throw new Error('a server that began without a certificate takes none');
        (server as Server & TlsServer).setSecureContext({ ...pair }); // with `tls` it is both
      },
      close,
      async [Symbol.asyncDispose]() {
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// Bodies pass schemas of ours. Where there are none of Fastify's its compilers are not loaded, which takes 20 ms and 5 MB.
function noSchemas(): never {
  throw new Error('routes have no schemas of Fastify: check what comes in with one of zod');
}

interface App {
  readonly app: FastifyInstance;
  readonly server: Server;
  readonly stop: Stop;
}

function createApp(options: ServerOptions, limits: ServerLimits): App {
  const { logger, metrics, telemetry = NO_TELEMETRY, notFoundText = 'there is nothing here' } = options;
  const { atOnce } = logger.level === 'debug' ? {} : options;
  const bodyTimes = createBodyTimes(limits.requestTimeoutMs, (socket) => {
    const late = Object.assign(new Error('a request did not come in time'), {
      code: 'ERR_HTTP_REQUEST_TIMEOUT',
    });
    answerClientError(late, socket, metrics);
  });
  const isCalledRightly = callsByOwnName(options.isOwnName);
  const first =
    (handler: RequestListener): RequestListener =>
    (request, response) => {
      bodyTimes.begin(request, response);
      const mayAnswer = atOnce !== undefined && response.socket !== null && !stop.hasBegun;
      if (mayAnswer && isCalledRightly(request) && atOnce(request, response)) stop.watch(response);
      else handler(request, response);
    };
  const app: FastifyInstance = fastify({
    serverFactory: (handler) => createServerOf(first(handler), limits, options.tls),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIds(options.trustProxy ?? false),
    bodyLimit: limits.bodyBytes,
    // A part of a path is no longer than the headers, and names of artifacts have up to 1,024 characters.
    routerOptions: { maxParamLength: limits.headerBytes },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    pluginTimeout: 0, // on a machine that has little time for it a start is slow, and not wrong
    return503OnClosing: false, // what comes on a connection that is still busy is answered too
    clientErrorHandler: (error, socket) => answerClientError(error, socket, metrics),
    // What its path says cannot be read: no hook runs, and no route can be meant.
    frameworkErrors(_error, request, reply) {
      begin(request, reply);
      answerNotFound(request, reply, notFoundText);
    },
  });
  const stop = createStop(app.server);
  const begin = (request: FastifyRequest, reply: FastifyReply): void => {
    stop.watch(reply.raw);
    secureHeaders(request.id, reply.raw);
    observeRequest(request, reply, { metrics, telemetry });
  };
  const whenItsTurn = createTurns(limits.waitingRequests);
  app.addHook('onRequest', (request, reply, done) => {
    // Before its turn it is nothing yet: one whose turn never comes is never closed either.
    whenItsTurn(request.raw, reply.raw, () => {
      begin(request, reply);
      if (!isCalledRightly(request.raw)) {
        answerMisdirected(request, reply);
        return;
      }
      if (request.routeOptions.config.takesItsTime) bodyTimes.exempt(request.raw, reply.raw);
      done();
    });
  });
  answerErrors(app, notFoundText);
  const { checks = [], refuseScrape = () => undefined } = options;
  const isLeaving = (): boolean => stop.hasBegun || options.leaving?.aborted === true;
  mountOwnRoutes(app, { metrics, isLeaving, checks, refuseScrape });
  for (const route of options.routes) void app.register(route);
  return { app, server: app.server, stop };
}
