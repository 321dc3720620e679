import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { FastifyReply } from 'fastify';
import { AuthError, type Authenticate, type Caller, satisfies } from '../../auth/index.ts';
import { CacheError } from '../../cache/index.ts';
import { uploadRefusalOf } from './upload-refusal.ts';

/** Who calls, by what is signed of a request. Throws `AuthError`. */
export const callerOf = (
  authenticate: Authenticate,
  { method, url, headers, socket }: IncomingMessage,
): Caller =>
  authenticate({
    method: method ?? '',
    url: url ?? '',
    headers,
    isTls: (socket as Partial<TLSSocket>).encrypted === true, // absent on a plain socket
  });

const NOBODY: Authenticate = () => ({ clientId: 'anonymous', scopes: [] });

/** Throws `AuthError`, and `FORBIDDEN` for who has not the scope `cache:pull:<ref>`, whether there is such a ref or not. */
export function requireReader(
  authenticate: Authenticate | undefined,
  ref: string,
  request: IncomingMessage,
): void {
  const { clientId, scopes } = callerOf(authenticate ?? NOBODY, request);
  const scope = `cache:pull:${ref}`;
  if (satisfies(scopes, scope)) return;
  const needs = `that takes the scope ${scope}, or one with * that covers it`;
  throw new CacheError('FORBIDDEN', `${clientId} may not read "${ref}": ${needs}`);
}

/** The same as an answer. */
export function isReader(
  authenticate: Authenticate | undefined,
  ref: string,
  request: IncomingMessage,
): boolean {
  try {
    requireReader(authenticate, ref, request);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof AuthError || (error instanceof CacheError && error.code === 'FORBIDDEN');

/** Tells a client of ours why it may not read, as uploads are refused. Throws what is no refusal. */
export function refuseReader(reply: FastifyReply, error: unknown): FastifyReply {
  if (!isRefusal(error)) throw error;
  const { status, code, message } = uploadRefusalOf(error);
  return reply.code(status).header('cache-control', 'no-store').send({ code, message });
}
