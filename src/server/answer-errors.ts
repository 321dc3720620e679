import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerOf, type ErrorAnswer } from './error-table.ts';
import type { ServerMetrics } from './metrics.ts';

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** Makes the id of a request: the one that a trusted proxy gave it, where it is a plain word, or a new one. */
export const requestIds =
  (trustProxy: boolean) =>
  ({ headers }: IncomingMessage): string => {
    const given = trustProxy ? headers['x-request-id'] : undefined;
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  };

/** Says an error in the words that its route speaks: plain text, or JSON. */
export function sendError(request: FastifyRequest, reply: FastifyReply, answer: ErrorAnswer): FastifyReply {
  const { status, code, message, headers = {} } = answer;
  reply.code(status).headers({ 'cache-control': 'no-store', ...headers });
  if (request.routeOptions.config.errors === 'json') {
    return reply.send({ error: { code, message, requestId: request.id } });
  }
  const text = status === 500 ? `${message}; the log has more under ${request.id}` : message;
  return reply.type('text/plain; charset=utf-8').send(`${text}\n`);
}

/** Lets a server answer whatever its routes throw, and what none of them takes. */
export function answerErrors(app: FastifyInstance, notFoundText: string): void {
  app.setErrorHandler((error, request, reply) => {
    if (reply.raw.closed) {
      // What was being done for it was given up: that is no failure, and there is nobody to tell.
      request.log.debug({ err: error }, 'the client left before it had an answer');
      return reply.hijack();
    }
    const answer = answerOf(error);
    if (answer.status >= 500) request.log.error({ err: error, status: answer.status }, 'a request failed');
    return sendError(request, reply, answer);
  });
  app.setNotFoundHandler((request, reply) => answerNotFound(request, reply, notFoundText));
}

/** Answers a request for what no route is for. */
export const answerNotFound = (request: FastifyRequest, reply: FastifyReply, text: string): FastifyReply =>
  sendError(request, reply, { status: 404, code: 'not-found', message: text });

/** Answers a request that calls the server by a name which is not its own. The name is not repeated: anybody can choose it. */
export const answerMisdirected = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendError(request, reply, {
    status: 421,
    code: 'misdirected',
    message:
      'this server is open to its own machine alone, and is not called by this name: give it the name (--root-url), or clients (--clients)',
    headers: { connection: 'close' },
  });

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what was no request at all, and closes the connection. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  metrics: ServerMetrics,
): void {
  // One that is gone cannot be told anything.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
  metrics.unreadable(status);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    'Content-Length: 0',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n`, () => socket.destroy());
}
