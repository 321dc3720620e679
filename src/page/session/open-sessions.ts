import { z } from 'zod';
import type { Caller, NotedSession } from '../../auth/index.ts';
import { methodsOf, QueueError, signedRequest } from '../../queue/index.ts';
import type { OpenSession } from '../wire.ts';
import type { SessionContext } from './session-methods.ts';

const method = methodsOf<SessionContext>();

export const LIST_SESSIONS = method({
  name: 'sessions',
  verb: 'GET',
  path: '/sessions',
  about: 'lists the sessions of the client that is signed in',
  output: z.strictObject({
    sessions: z.array(
      z.strictObject({
        sessionId: z.string(),
        began: z.iso.datetime(),
        expires: z.iso.datetime(),
        agent: z.string(),
        isThis: z.boolean(),
      }),
    ),
  }),
  async handle({ caller }, { book }) {
    const sessionId = sessionOf(caller);
    const noted = await book.list(caller.clientId);
    return { sessions: noted.map((each) => shown(each, sessionId)) };
  },
});

export const END_SESSION = method({
  name: 'endSession',
  verb: 'DELETE',
  path: '/sessions/<sessionId>',
  about: 'ends one of them',
  status: 204,
  async handle({ caller, params, reply }, { book }) {
    sessionOf(caller);
    const count = await book.end(caller.clientId, params.sessionId);
    if (count === 0) throw new QueueError('ResourceNotFound', 'You have no such session: it has ended.');
    reply.log.info({ clientId: caller.clientId }, 'somebody ended a session');
    return undefined;
  },
});

export const END_SESSIONS = method({
  name: 'endSessions',
  verb: 'DELETE',
  path: '/sessions',
  about: 'ends all of them, the one that asks too',
  status: 204,
  async handle({ caller, reply }, { sessions, book }) {
    sessionOf(caller);
    const count = await book.end(caller.clientId);
    reply.header('set-cookie', sessions.end(signedRequest(reply.request)));
    reply.log.info({ clientId: caller.clientId, count }, 'somebody ended all of their sessions');
    return undefined;
  },
});

/** That of who calls. Who signs has none: a part of a client's scopes is not enough to look into what its people do. */
function sessionOf({ sessionId }: Caller): string {
  if (sessionId !== undefined) return sessionId;
  throw new QueueError('InsufficientScopes', 'Sessions are for who is signed in on the page.');
}

const shown = (noted: NotedSession, sessionId: string): OpenSession => ({
  sessionId: noted.sessionId,
  began: new Date(noted.beganAt).toISOString(),
  expires: new Date(noted.expiresAt).toISOString(),
  agent: noted.agent,
  isThis: noted.sessionId === sessionId,
});
