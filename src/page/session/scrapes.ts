import type { FastifyRequest } from 'fastify';
import { AuthError, type Authenticate, satisfies } from '../../auth/index.ts';
import { clientAddress, counterOf } from '../../kernel/index.ts';
import { signedRequest } from '../../queue/index.ts';
import type { SignIn } from '../wire.ts';
import { createSignIns, type SignedIn, type SignInsOptions } from './sign-in.ts';

/** Queues, projects and users are named in what a server counts. */
const SCOPE = 'metrics:read';

const BASIC = /^basic +([\w+/=-]+) *$/i;

export interface ScrapeRules extends SignInsOptions {
  readonly authenticate: Authenticate;
  /** Whether `X-Forwarded-For` is believed. */
  readonly trustProxy: boolean;
}

/** Why somebody is given no metrics, as HTTP has it. */
export interface ScrapeRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Who may read `/metrics`: whoever has `metrics:read`, by a signature, a session, or the name and the access token of a client as
 * `Authorization: Basic`, which is what Prometheus can send. What is returned says why somebody may not.
 */
export function refuseScrapes(rules: ScrapeRules): (request: FastifyRequest) => ScrapeRefusal | undefined {
  // A count of its own: a scrape with a wrong token keeps nobody from signing in.
  const signIns = createSignIns(rules);
  return (request) => {
    const named = namedBy(request.headers.authorization);
    if (named === undefined) return refusalOfCaller(rules.authenticate, request);
    const address = counterOf(clientAddress(request.raw, rules.trustProxy));
    return refusalOfClient(signIns({ ...named, address }));
  };
}

/** The two that `Basic` has; `undefined`: it is something else. */
function namedBy(authorization: string | undefined): SignIn | undefined {
  const [, packed] = BASIC.exec(authorization ?? '') ?? [];
  if (packed === undefined) return undefined;
  const [clientId = '', ...token] = Buffer.from(packed, 'base64').toString().split(':');
  return { clientId, accessToken: token.join(':') };
}

function refusalOfClient(found: SignedIn): ScrapeRefusal | undefined {
  if ('client' in found) return refusalOfScopes(found.client.scopes);
  if (found.refused === 'wrong') return unknown('there is no client of this name with this access token');
  const seconds = String(Math.ceil(found.waitMs / 1000));
  const message = `a wrong name or token came too often: try again in ${seconds} seconds`;
  return { status: 429, code: 'too-many-requests', message, headers: { 'retry-after': seconds } };
}

function refusalOfCaller(authenticate: Authenticate, request: FastifyRequest): ScrapeRefusal | undefined {
  try {
    const { clientId, scopes } = authenticate(signedRequest(request));
    const isNobody = clientId === 'anonymous' && !satisfies(scopes, SCOPE);
    return isNobody
      ? unknown('metrics are for clients with the scope metrics:read')
      : refusalOfScopes(scopes);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return error.code === 'InsufficientScopes' ? forbidden(error.message) : unknown(error.message);
  }
}

const refusalOfScopes = (scopes: readonly string[]): ScrapeRefusal | undefined =>
  satisfies(scopes, SCOPE) ? undefined : forbidden(`the client has not the scope ${SCOPE}`);

const forbidden = (message: string): ScrapeRefusal => ({ status: 403, code: 'forbidden', message });

const unknown = (message: string): ScrapeRefusal => ({
  status: 401,
  code: 'unauthenticated',
  message,
  headers: { 'www-authenticate': 'Basic realm="Slipway metrics", charset="UTF-8"' },
});
