import { IDENTITY_TOKEN_USER } from '../docker-config.ts';
import { RegistryError } from '../error.ts';
import type { Challenge } from './challenge.ts';
import { isLoopback } from './endpoint.ts';
import { parseJson } from './json.ts';
import { PassingRefusal, pauseOf } from './refusal.ts';
import type { RegistryCredentials } from './registry-client.ts';
import { ConnectionTrouble, type HttpAnswer, type Transport } from './transport.ts';

/** A token, and until when it is used. */
export interface Token {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly usedUntil: number;
}

export interface TokenRequest {
  /** Of the registry itself. */
  readonly origin: URL;
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: RegistryCredentials | undefined;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_TOKEN_LENGTH = 64 * 1024; // Node's servers take 16 KiB of headers; others more
const DEFAULT_SECONDS = 60; // what the protocol says where the answer does not
const MAX_SECONDS = 3600;
const EARLY = 0.8; // of its time; it has to last for the request that it is fetched for
const TIMEOUT_MS = 30_000;

/**
 * Asks the realm of a challenge for a token. Throws `UNAUTHORIZED`, `PROTOCOL`, also for a realm that must not be asked,
 * `UNREACHABLE` and `ABORTED`.
 */
export async function requestToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const realm = checkedRealm(request);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([request.signal, timeout]);
  const asked = request.now();
  try {
    const answer = await transport.send({ ...tokenCall(realm, request), signal });
    if (answer.status !== 200) throw refusal(answer, realm, request);
    const { token, seconds } = await readToken(answer, realm);
    return { text: token, usedUntil: asked + seconds * 1000 * EARLY };
  } catch (cause) {
    if (request.signal.aborted || !timeout.aborted) throw cause;
    throw new ConnectionTrouble(realm, `no token within ${TIMEOUT_MS / 1000} s`, cause);
  }
}

/**
 * The registry says where credentials are to be sent, and a registry may be hostile, or somebody between it and us: they go
 * nowhere unencrypted but to the registry's own host, where that is asked unencrypted anyway. Nothing at all is asked of
 * other hosts over plain HTTP, which may be inside of our network.
 */
function checkedRealm({ origin, challenge }: TokenRequest): URL {
  const realm = URL.parse(challenge.parameters.get('realm') ?? '');
  const isWeb = realm !== null && /^https?:$/.test(realm.protocol);
  if (!isWeb || realm.username + realm.password + realm.hash !== '')
    throw new RegistryError('PROTOCOL', `${origin.host} asks for a token, and does not say where to get it`);
  const isOwn =
    origin.protocol === 'http:' &&
    (realm.hostname === origin.hostname || (isLoopback(realm.host) && isLoopback(origin.host)));
  if (realm.protocol === 'https:' || isOwn) return realm;
  throw new RegistryError(
    'PROTOCOL',
    `${origin.host} wants its token to be fetched unencrypted from ${realm.host}: nothing was sent there`,
  );
}

function tokenCall(realm: URL, request: TokenRequest) {
  const { challenge, scopes, credentials } = request;
  const service = challenge.parameters.get('service');
  const fields = new URLSearchParams(service === undefined ? [] : [['service', service]]);
  if (credentials?.username === IDENTITY_TOKEN_USER) {
    if (scopes.length > 0) fields.set('scope', scopes.join(' '));
    fields.set('grant_type', 'refresh_token');
    fields.set('client_id', 'slipway');
    fields.set('refresh_token', credentials.password);
    const headers = { 'user-agent': 'slipway', 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: Buffer.from(fields.toString()) } as const;
  }
  for (const scope of scopes) fields.append('scope', scope);
  if (credentials !== undefined) fields.set('account', credentials.username);
  const url = new URL(realm);
  for (const [name, value] of fields) url.searchParams.append(name, value);
  return { method: 'GET', url, headers: { 'user-agent': 'slipway', ...basicHeader(credentials) } } as const;
}

/** The header of basic authentication; none where there are no credentials. */
export function basicHeader(credentials: RegistryCredentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  const { username, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function refusal(answer: HttpAnswer, realm: URL, { credentials }: TokenRequest): RegistryError {
  answer.release();
  const { status } = answer;
  if (status === 429 || status >= 500)
    return new PassingRefusal(`${realm.host} gives no token now: it answers ${status}`, pauseOf(answer));
  if (status !== 400 && status !== 401 && status !== 403)
    return new RegistryError('PROTOCOL', `${realm.host} gives no token: it answers ${status}`);
  const what = credentials === undefined ? 'to callers without credentials' : 'for these credentials';
  return new RegistryError('UNAUTHORIZED', `${realm.host} gives no token ${what}: it answers ${status}`);
}

async function readToken(
  answer: HttpAnswer,
  realm: URL,
): Promise<{ readonly token: string; readonly seconds: number }> {
  const { TokenAnswer } = await import('./schema.ts');
  const read = TokenAnswer.safeParse(parseJson(await answer.read(MAX_ANSWER_BYTES)));
  const token = read.data?.token || read.data?.access_token || '';
  // It goes into a header.
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > MAX_TOKEN_LENGTH)
    throw new RegistryError('PROTOCOL', `the answer of ${realm.host} has no token in it`);
  const seconds = read.data?.expires_in ?? DEFAULT_SECONDS;
  return { token, seconds: Math.min(Math.max(seconds, 0), MAX_SECONDS) };
}
