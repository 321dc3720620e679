import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorForm, repeatable } from './error-form.ts';
import { refusalOf } from './refusal.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** What is known of a call so far; its refusal repeats it. */
export interface Progress {
  params: Readonly<Record<string, string>>;
  payload: unknown;
}

export interface RefusedCall {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly progress?: Progress;
  /** Fields of the body that are not repeated. */
  readonly secrets?: readonly string[] | undefined;
}

/** Answers a call that failed, in the form of the contract, and says so in the log. */
export function refuseCall(refused: RefusedCall): FastifyReply {
  const { error, request, reply, now, progress, secrets } = refused;
  const refusal = refusalOf(error);
  const { callName } = request.routeOptions.config;
  const facts = { call: callName, code: refusal.code, status: refusal.status };
  if (reply.raw.closed) {
    request.log.debug({ ...facts, err: error }, 'the client left before it had an answer');
    return reply.hijack();
  }
  if (refusal.status >= 500) request.log.error({ ...facts, err: error }, 'a call failed');
  else request.log.info({ ...facts, reason: firstLine(refusal.message) }, 'a call was refused');
  const sizeBytes = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const form = errorForm(refusal, {
    method: callName?.split('.')[1] ?? '',
    params: progress?.params ?? {},
    payload: repeatable(progress?.payload, sizeBytes, secrets),
    time: new Date(now()).toISOString(),
  });
  reply.code(refusal.status).headers(refusal.headers ?? {});
  return reply.type(JSON_TYPE).send(JSON.stringify(form));
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
