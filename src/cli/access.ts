import { fail, ok, type Result } from '../kernel/index.ts';
import { versionText } from './version.ts';

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** What the token is called where it is listed. */
  readonly session: string;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const GONE =
  'the wercker service is gone; a token is still good for a step registry of your own (`slipway step serve`): give it with --auth-token, or name another host with --base-url';

/** Exchanges a name and a password for a token; the failure is why there is none, without any secret. */
export async function requestToken(
  baseUrl: string,
  { username, password, session }: Credentials,
): Promise<Result<string, string>> {
  const url = URL.parse(`${baseUrl}/api/v3/tokens`);
  if (url === null || !/^https?:$/.test(url.protocol)) return fail('--base-url is no web address');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return fail(`${url.origin} is not encrypted, and a password is not sent that way: use https`);
  }
  const version = versionText();
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
        'user-agent': `wercker ${version}`,
        'x-wercker-version': version,
      },
      body: JSON.stringify({ name: session }),
    });
    return await readToken(url, response);
  } catch (error) {
    return fail(unreachable(url, error));
  }
}

async function readToken(url: URL, response: Response): Promise<Result<string, string>> {
  if (response.status !== 200) {
    await response.body?.cancel();
    const advice = [401, 403].includes(response.status) ? ': check the name and the password' : '';
    return fail(`${url.origin} answered ${response.status}${advice}`);
  }
  const token = tokenIn(await readBounded(response));
  return token === undefined ? fail(`${url.origin} answered with something that holds no token`) : ok(token);
}

async function readBounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of response.body ?? []) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_ANSWER_BYTES) return '';
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function tokenIn(text: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null || !('token' in answer)) return undefined;
    const token = typeof answer.token === 'string' ? answer.token.trim() : '';
    return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined; // no JSON: no token in it
  }
}

function unreachable(url: URL, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  const isService = /(^|\.)wercker\.com$/.test(url.hostname);
  return `${url.origin} cannot be reached (${why})${isService ? `: ${GONE}` : ''}`;
}
