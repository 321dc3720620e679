import { z } from 'zod';
import type { Caller, Client, SessionBook, Sessions } from '../../auth/index.ts';
import { clientAddress, counterOf } from '../../kernel/index.ts';
import { methodsOf, QueueError, type Service, signedRequest } from '../../queue/index.ts';
import type { PageSession } from '../wire.ts';
import { agentOf } from './agent.ts';
import { END_SESSION, END_SESSIONS, LIST_SESSIONS } from './open-sessions.ts';
import { permissionsOf } from './permissions.ts';
import type { SignedIn, SignIns } from './sign-in.ts';

export interface SessionContext {
  readonly sessions: Sessions;
  /** Those that went out of it, each by itself. */
  readonly book: SessionBook;
  /** From `createSignIns`. */
  readonly signIns: SignIns;
  readonly access: 'open' | 'closed';
  /** Whether `X-Forwarded-For` is believed. */
  readonly trustProxy: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Of this program. */
  readonly version: string;
}

const SignInBody = z.strictObject({
  clientId: z.string().min(1).max(255),
  accessToken: z.string().min(1).max(4096),
});

const Session = z.strictObject({
  clientId: z.string(),
  role: z.enum(['reader', 'operator', 'admin']).exactOptional(),
  access: z.enum(['open', 'closed']),
  may: z.strictObject({
    read: z.boolean(),
    runTasks: z.boolean(),
    openShells: z.boolean(),
    buildImages: z.boolean(),
    manageWorkers: z.boolean(),
    administer: z.boolean(),
  }),
  expiresAt: z.iso.datetime().exactOptional(),
  version: z.string(),
});

const method = methodsOf<SessionContext>();

const GET_SESSION = method({
  name: 'getSession',
  verb: 'GET',
  path: '/session',
  about: 'says who calls, and what they may',
  output: Session,
  handle: async ({ caller }, context) => describe(caller, context),
});

const SIGN_IN = method({
  name: 'signIn',
  verb: 'POST',
  path: '/session',
  about: 'begins a session of the page, for twelve hours; it is in a cookie',
  input: SignInBody,
  output: Session,
  secrets: ['accessToken'],
  async handle({ body, reply, answer }, context) {
    const { sessions, book, signIns, trustProxy, now } = context;
    const signed = signedRequest(reply.request);
    sessions.requireOwnPage(signed);
    const address = counterOf(clientAddress(reply.request.raw, trustProxy));
    const found = signIns({ ...body, address });
    if (!('client' in found)) throw refusal(found, (seconds) => reply.header('retry-after', seconds));
    const { cookie, caller } = sessions.begin(found.client, signed);
    const { clientId, sessionId, expiresAt } = caller;
    await book.note({ sessionId, clientId, beganAt: now(), expiresAt, agent: agentOf(reply.request) });
    reply.log.info({ clientId: caller.clientId }, 'somebody signed in');
    answer(200, { 'set-cookie': cookie });
    return describe(caller, context);
  },
});

const SIGN_OUT = method({
  name: 'signOut',
  verb: 'DELETE',
  path: '/session',
  about: 'ends the session of the browser that asks, which forgets it',
  status: 204,
  async handle({ caller, reply }, { sessions, book }) {
    const signed = signedRequest(reply.request);
    sessions.requireOwnPage(signed);
    // Whatever becomes of the rest, this browser has it no longer.
    reply.header('set-cookie', sessions.end(signed));
    if (caller.sessionId !== undefined) await book.end(caller.clientId, caller.sessionId);
    return undefined;
  },
});

/** Who looks at the page: `/api/slipway/v1/session`, and `/sessions` beside it. */
export const SESSION_SERVICE: Service<SessionContext> = {
  name: 'slipway',
  version: 'v1',
  title: 'Slipway',
  parameters: { sessionId: { pattern: /^[\w-]{22}$/ } },
  methods: [GET_SESSION, SIGN_IN, SIGN_OUT, LIST_SESSIONS, END_SESSION, END_SESSIONS],
};

const describe = ({ clientId, scopes, role, expiresAt }: Caller, context: SessionContext): PageSession => ({
  clientId,
  ...(role !== undefined && { role }),
  access: context.access,
  may: permissionsOf(scopes),
  ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  version: context.version,
});

function refusal(
  found: Exclude<SignedIn, { readonly client: Client }>,
  retryAfter: (seconds: string) => void,
): QueueError {
  if (found.refused === 'wrong')
    return new QueueError('AuthenticationFailed', 'There is no client of this name with this access token.');
  const seconds = Math.ceil(found.waitMs / 1000);
  retryAfter(String(seconds));
  return new QueueError('TooManyRequests', `Signing in failed too often: try again in ${seconds} seconds.`);
}
