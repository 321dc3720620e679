import { setImmediate } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { authorize } from './authorize.ts';
import type { Call } from './call.ts';
import type { ServiceMethod } from './method.ts';
import { checkBody, parseBody } from './read-body.ts';
import { namesOfPath, readPath, readQuery } from './read-path.ts';
import { JSON_TYPE, type Progress, refuseCall } from './refuse-call.ts';
import { fillIn, namesOf } from './scope-template.ts';
import type { Service, ServiceRoutesOptions } from './service-routes.ts';
import { signedRequest } from './signed-request.ts';
import type { Waiting } from './waiting.ts';

export interface MountedMethod<S> {
  readonly service: Service<S>;
  readonly method: ServiceMethod<S>;
  readonly options: ServiceRoutesOptions<S>;
  readonly waiting: Waiting;
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Answers the requests for one method: who calls, path, query, body, scopes, and then what the method does. */
export function callHandler<S>(mounted: MountedMethod<S>): Handler {
  const { service, method, options } = mounted;
  const { scopes, secrets } = method;
  const names = namesOfPath(method.path);
  const needsNoMore = scopes !== undefined && namesOf(scopes).every((name) => names.includes(name));
  return async (request, reply) => {
    const progress: Progress = { params: {}, payload: undefined };
    try {
      const answering = beginCall(mounted, names, { request, reply }, progress);
      if (needsNoMore) answering.call.authorize({});
      const answer = await method.handle(answering.call, options.on);
      if (!answering.isAuthorized())
        throw new Error(`${service.name}.${method.name} answers without a look at scopes`);
      return answering.send(answer);
    } catch (error) {
      return refuseCall({ error, request, reply, now: options.now, progress, secrets });
    }
  };
}

interface Answering {
  readonly call: Call;
  readonly isAuthorized: () => boolean;
  readonly send: (answer: unknown) => FastifyReply;
}

/** Reads a request. Throws what refuses it; what was read until then is noted. */
function beginCall<S>(
  { service, method, options, waiting }: MountedMethod<S>,
  names: readonly string[],
  { request, reply }: Exchange,
  progress: Progress,
): Answering {
  const { scopes, query = {}, input, status = 200 } = method;
  const signed = signedRequest(request);
  const caller = options.authenticate(signed);
  // The router decodes: all its values are texts.
  const params = readPath(names, request.params as Readonly<Record<string, string>>, service.parameters);
  progress.params = params;
  const asked = readQuery(request.query as Readonly<Record<string, unknown>>, query);
  if (input !== undefined) progress.payload = parseBody(request.body, request.headers['content-type']);
  const body = input === undefined ? undefined : checkBody(input, progress.payload);
  let isAuthorized = scopes === undefined;
  let answered = { status, headers: {} };
  const call: Call = {
    params,
    query: asked,
    body,
    caller,
    baseUrl: options.baseUrlOf(signed),
    header: (name) => request.raw.headers[name]?.toString(),
    isWanted: () => isOpen(request, reply),
    waiting: () => waiting.signal((end) => reply.raw.once('close', end)),
    authorize(facts) {
      if (scopes !== undefined) authorize(caller, fillIn(scopes, { ...params, ...facts }));
      isAuthorized = true;
    },
    reply,
    answer(other, headers = {}) {
      answered = { status: other, headers };
    },
  };
  return {
    call,
    isAuthorized: () => isAuthorized,
    send(answer) {
      if (method.streams !== undefined) return reply.hijack();
      if (options.checkAnswers && answered.status === status) method.output?.parse(answer);
      reply.code(answered.status).headers(answered.headers);
      return answer === undefined ? reply.send() : reply.type(JSON_TYPE).send(JSON.stringify(answer));
    },
  };
}

/** A client that has just left is heard of when the event loop comes to its socket, and its end a turn later. */
async function isOpen({ raw }: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  await setImmediate();
  await setImmediate();
  return !reply.raw.closed && !raw.socket.destroyed;
}
