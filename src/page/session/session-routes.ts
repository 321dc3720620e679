import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Authenticate, Caller, Client, Sessions } from '../../auth/index.ts';
import { checkBody, JSON_TYPE, parseBody, QueueError, refuseCall, signedRequest } from '../../queue/index.ts';
import type { PageSession } from '../wire.ts';
import { counterOf } from './attempts.ts';
import { clientAddress } from './client-address.ts';
import { permissionsOf } from './permissions.ts';
import { createSignIns, type SignedIn } from './sign-in.ts';

export interface SessionRoutesOptions {
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  /** Permanent clients by their id. */
  readonly clients: (clientId: string) => Client | undefined;
  readonly access: 'open' | 'closed';
  /** Whether `X-Forwarded-For` is believed. */
  readonly trustProxy: boolean;
  /** Of this program. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Where the page asks who looks at it, and signs in and out. */
export const SESSION_PATH = '/api/slipway/v1/session';

const MAX_BODY_BYTES = 16 * 1024;
const HEADERS = { 'cache-control': 'no-store', vary: 'cookie, authorization' } as const;

const SignInBody = z.strictObject({
  clientId: z.string().min(1).max(255),
  accessToken: z.string().min(1).max(4096),
});

/** `GET`, `POST` and `DELETE /api/slipway/v1/session`: see `PageSession` and `SignIn`. */
export const sessionRoutes =
  (options: SessionRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    await app.register((scope, _nothing, done) => {
      prepare(scope, options);
      mount(scope, options);
      done();
    });
  };

function prepare(app: FastifyInstance, { now }: SessionRoutesOptions): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error, request, reply) =>
    refuseCall({ error, request, reply, now, secrets: ['accessToken'] }),
  );
  app.addHook('onRequest', (_request, reply, next) => {
    reply.headers(HEADERS);
    next();
  });
}

function mount(app: FastifyInstance, options: SessionRoutesOptions): void {
  const { authenticate, sessions } = options;
  const signIns = createSignIns(options);
  const quiet = { config: { callName: 'page.getSession', isQuiet: true } };
  app.get(SESSION_PATH, quiet, (request, reply) =>
    send(reply, describe(authenticate(signedRequest(request)), options)),
  );
  const small = { config: { callName: 'page.signIn' }, bodyLimit: MAX_BODY_BYTES };
  app.post(SESSION_PATH, small, (request, reply) => {
    const signed = signedRequest(request);
    sessions.requireOwnPage(signed);
    const asked = checkBody(SignInBody, parseBody(request.body, request.headers['content-type']));
    const address = counterOf(clientAddress(request.raw, options.trustProxy));
    const client = signedIn(signIns({ ...asked, address }), reply);
    const { cookie, caller } = sessions.begin(client, signed);
    request.log.info({ clientId: client.clientId }, 'somebody signed in');
    return send(reply.header('set-cookie', cookie), describe(caller, options));
  });
  app.delete(SESSION_PATH, { config: { callName: 'page.signOut' } }, (request, reply) => {
    const signed = signedRequest(request);
    sessions.requireOwnPage(signed);
    return reply.header('set-cookie', sessions.end(signed)).code(204).send();
  });
}

const send = (reply: FastifyReply, session: PageSession): FastifyReply =>
  reply.type(JSON_TYPE).send(JSON.stringify(session));

function describe({ clientId, scopes, role, expiresAt }: Caller, options: SessionRoutesOptions): PageSession {
  return {
    clientId,
    ...(role !== undefined && { role }),
    access: options.access,
    may: permissionsOf(scopes),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    version: options.version,
  };
}

/** Throws `QueueError` for who is not. */
function signedIn(found: SignedIn, reply: FastifyReply): Client {
  if ('client' in found) return found.client;
  if (found.refused === 'wrong')
    throw new QueueError('AuthenticationFailed', 'There is no client of this name with this access token.');
  const seconds = Math.ceil(found.waitMs / 1000);
  reply.header('retry-after', String(seconds));
  throw new QueueError('TooManyRequests', `Signing in failed too often: try again in ${seconds} seconds.`);
}
