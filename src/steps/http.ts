import { setTimeout } from 'node:timers/promises';
import { fail, type Result } from '../kernel/index.ts';
import { type HttpAnswer, type HttpContext, type HttpFailure, send, throwIfAborted } from './http-send.ts';
import { shownUrl } from './shown-url.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Runs `attempt` again, after pauses, while what keeps it from succeeding may pass. Throws `StepError` `ABORTED`.
 */
export async function withRetries<T>(
  context: HttpContext,
  url: URL,
  attempt: () => Promise<Result<T, HttpFailure>>,
): Promise<Result<T, HttpFailure>> {
  for (const [index, pauseMs] of context.limits.retryPausesMs.entries()) {
    const outcome = await attempt();
    if (outcome.ok || outcome.error.kind !== 'unreachable' || !outcome.error.isTransient) return outcome;
    context.onNotice(`Retrying step url ${shownUrl(url)} ${index + 1}: ${outcome.error.why}`);
    await setTimeout(pauseMs, undefined, { signal: context.signal }).catch(() => throwIfAborted(context));
  }
  return await attempt();
}

/**
 * Asks for a URL once, following at most five redirects, never from https to http. Credentials, of the URL or the token,
 * go to the origin they belong to and no other. Throws `StepError` `ABORTED`.
 */
export async function get(
  context: HttpContext,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<HttpAnswer, HttpFailure>> {
  let current = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await send(context, withoutUser(current), {
      ...headers,
      ...authorization(context, url, current),
    });
    if (!answer.ok || !REDIRECTS.includes(answer.value.status)) return answer;
    await answer.value.discard();
    const next = URL.parse(answer.value.headers.get('location') ?? '', current.href);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      return invalid(`${shownUrl(current)} redirects to what is no web address`);
    }
    if (current.protocol === 'https:' && next.protocol !== 'https:') {
      return invalid(`${shownUrl(current)} redirects to ${shownUrl(next)}, which is not encrypted`);
    }
    current = next;
  }
  return invalid(`${shownUrl(url)} redirects more than ${MAX_REDIRECTS} times`);
}

function invalid(why: string): Result<never, HttpFailure> {
  return fail({ kind: 'invalid', why });
}

function authorization(context: HttpContext, first: URL, current: URL): Record<string, string> {
  if (current.origin === context.token?.origin) return { authorization: `Bearer ${context.token.value}` };
  const { username, password } = first;
  if (current.origin !== first.origin || (username === '' && password === '')) return {};
  const pair = `${decode(username)}:${decode(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign stands for itself.
    return text;
  }
}

/** `fetch` refuses a URL with a user in it. */
function withoutUser(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}
