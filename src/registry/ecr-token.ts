import { type AwsRequest, signedHeaders } from './aws-signature.ts';
import { awsDomain } from './cloud-host.ts';
import { RegistryError } from './error.ts';
import { readLimited } from './limited-body.ts';

export type Fetch = typeof globalThis.fetch;

/** What it takes to ask ECR. */
interface EcrKeys {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface EcrOptions {
  /** `AWS_ENDPOINT_URL_ECR` replaces the region's own endpoint. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly fetch: Fetch;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly at: Date;
}

/** A login that ECR takes for 12 hours. */
interface EcrLogin {
  readonly username: string;
  readonly password: string;
}

const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
const MAX_ANSWER_BYTES = 64 * 1024; // a token is about 3 KiB

/**
 * Asks ECR for a login by `GetAuthorizationToken`. Safe to repeat. Throws `RegistryError`: `INVALID_CREDENTIALS`,
 * `INVALID_REGISTRY` for the endpoint, `UNAUTHORIZED`, `UNREACHABLE`, `PROTOCOL`, `ABORTED`.
 */
export async function requestEcrLogin(keys: EcrKeys, options: EcrOptions): Promise<EcrLogin> {
  refuseStrangeKey(keys.accessKey);
  const request: AwsRequest = {
    method: 'POST',
    url: ecrEndpoint(keys.region, options.environment['AWS_ENDPOINT_URL_ECR']),
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': TARGET },
    body: '{}',
  };
  const headers = signedHeaders(request, { ...keys, service: 'ecr', at: options.at });
  const { status, text } = await exchange(request, headers, options);
  if (status !== 200) throw refusal(status, text);
  const login = readLogin(text);
  if (login !== undefined) return login;
  throw new RegistryError('PROTOCOL', `ECR’s answer at ${request.url.host} has no authorization token in it`);
}

/** It goes into a header, and a header that cannot be sent is shown whole in fetch's error. */
function refuseStrangeKey(accessKey: string): void {
  if (/^\w{1,128}$/.test(accessKey)) return;
  throw new RegistryError(
    'INVALID_CREDENTIALS',
    '"aws-access-key" is not a key’s id: letters and digits alone',
  );
}

function ecrEndpoint(region: string, override: string | undefined): URL {
  const own = `https://api.ecr.${region}.${awsDomain(region)}/`;
  const url = URL.parse(override === undefined || override === '' ? own : override);
  const plain =
    url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search === '';
  if (plain) return url;
  throw new RegistryError('INVALID_REGISTRY', 'AWS_ENDPOINT_URL_ECR is not a plain http or https URL');
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function exchange(
  { url, method, body }: AwsRequest,
  headers: Record<string, string>,
  { fetch, signal, timeoutMs }: EcrOptions,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  try {
    // A redirect would take the signature to another host.
    const response = await fetch(url, { method, body, headers, redirect: 'error', signal: either });
    return { status: response.status, text: await readLimited(response, MAX_ANSWER_BYTES) };
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    if (signal.aborted) throw new RegistryError('ABORTED', 'asking ECR for a token was aborted', { cause });
    const trouble = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : connectionTrouble(cause);
    throw new RegistryError('UNREACHABLE', `ECR cannot be reached at ${url.host}: ${trouble}`, { cause });
  }
}

/** What Node's fetch knows is one level down: `fetch failed` says nothing. */
function connectionTrouble(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error && inner.message !== '' ? inner.message : 'the connection failed';
}

function refusal(status: number, text: string): RegistryError {
  // Only the kind of error is shown: its message can repeat what was sent.
  const kind = textMember(parseJson(text), '__type')?.replace(/^.*#/s, '') ?? '';
  const shown = /^\w{1,80}$/.test(kind) ? `${status} ${kind}` : String(status);
  if (status >= 500 || status === 429 || kind === 'ThrottlingException') {
    return new RegistryError(
      'UNREACHABLE',
      `ECR cannot give a token now: it answers ${shown}; try again later`,
    );
  }
  const advice = 'check the keys, their permission ecr:GetAuthorizationToken, and this machine’s clock';
  return new RegistryError('UNAUTHORIZED', `ECR refuses the AWS keys: it answers ${shown}; ${advice}`);
}

function readLogin(text: string): EcrLogin | undefined {
  const list = member(parseJson(text), 'authorizationData');
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const token = Buffer.from(textMember(first, 'authorizationToken') ?? '', 'base64').toString();
  const colon = token.indexOf(':');
  const login = { username: token.slice(0, Math.max(colon, 0)), password: token.slice(colon + 1) };
  return login.username === '' || login.password === '' ? undefined : login;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, key) : undefined;
}

function textMember(json: unknown, key: string): string | undefined {
  const value = member(json, key);
  return typeof value === 'string' ? value : undefined;
}
