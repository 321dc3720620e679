import { noteServerTime } from './clock.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { doubts, signedOut, signIns } from './signed-out.ts';

/** A request to the server of this page. */
export interface Asked {
  /** @defaultValue GET */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** What is `undefined` is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Whether it comes to the same when it is done twice. @defaultValue all but POST */
  readonly isRepeatable?: boolean;
}

/**
 * Asks the server, and gives its JSON as the type that its contract says (`undefined` for an answer without a body). Throws
 * `Refusal`; where it says that nobody is signed in, the page goes to the sign-in.
 */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const answer = await askFor(path, asked);
  if (answer.status === 204) return undefined as T; // the caller says what comes: the server's contract has no body here
  return (await answer.json()) as T; // both are of one version, and `src/page/wire.ts` is checked on both sides
}

/** The same, and gives the answer itself: for texts and streams. */
export async function askFor(path: string, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', body, signal, isRepeatable = method !== 'POST' } = asked;
  const request: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  };
  const askedAs = signIns.peek();
  const answer = await sent(addressOf(path, asked.query), request, isRepeatable);
  noteServerTime(answer.headers.get('date'));
  if (answer.ok) return answer;
  const refusal = refusalOf(answer.status, await answer.text());
  if (askedAs === signIns.peek()) {
    if (answer.status === 401) signedOut.value = true;
    if (answer.status === 403) doubts.value += 1;
  }
  throw refusal;
}

/** Networks change under pages (another wireless one, a container's bridge): what may be done twice is asked once more. */
const AGAIN_MS = 300;

async function sent(address: string, request: RequestInit, isRepeatable: boolean): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch (error) {
    if (request.signal?.aborted) throw error;
    if (!isRepeatable) throw away();
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  try {
    return await fetch(address, request);
  } catch (error) {
    throw request.signal?.aborted ? error : away();
  }
}

const away = (): Refusal => new Refusal('The server does not answer.', { status: 0 });

/** A path of this server with a query. Parts of a path are the caller's to encode (`encodeURIComponent`). */
export function addressOf(path: string, query: Asked['query'] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}
