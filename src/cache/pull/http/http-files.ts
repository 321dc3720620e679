import type { IncomingMessage } from 'node:http';
import { ByteGate, visibleText } from '../../../kernel/index.ts';
import { CacheError } from '../../error.ts';
import { PassingError } from '../../passing-error.ts';
import { CACHE_HEADER, CACHE_VERSION } from '../../wire/batch.ts';
import { refusalWords } from '../../wire/refusal-words.ts';
import { gather } from '../read-whole.ts';
import type { RemoteFile, RemoteFileOptions, RemoteFiles } from '../remote-files.ts';
import { type AgentOptions, createAgents } from './agents.ts';
import { type AnswerOptions, answerBody } from './answer-body.ts';
import { mayHaveProxy } from './lanes/connect.ts';
import { fetchInLanes } from './lanes/lanes.ts';
import { redirected } from './redirected.ts';
import { sendRequest } from './send-request.ts';
import { shownUrl } from './shown-url.ts';

export interface HttpFilesOptions extends AgentOptions {
  /** How long a server may say nothing before it is tried again. */
  readonly stallTimeoutMs: number;
  /**
   * The value of the header `Authorization` for a request, asked for each one that may take a right: for refs and lists.
   * Objects are had by who knows their names. Another origin, to which a redirect leads, is sent none.
   */
  readonly authorize?: (method: string, url: URL) => string | undefined;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const REFUSED = [401, 403]; // of ours, which say why
const ABSENT = [403, 404, 410]; // stores of objects say 403 of what is not there
const NO_QUESTIONS = [405, 501, 503]; // of servers that have files alone, and of ours where too many ask: files are there still

/** A repository that a web server serves. Redirects are followed, though never from https to http. */
export function openHttpFiles(base: URL, options: HttpFilesOptions): RemoteFiles {
  const { stallTimeoutMs } = options;
  const agents = createAgents(options);
  const room = new ByteGate(options.connections); // of requests
  const known = { isSlipway: false, hasAnswered: false };
  const signed = (url: URL, path: string): string | undefined =>
    url.origin === base.origin && !path.startsWith('objects/') ? options.authorize?.('GET', url) : undefined;
  const ask = async (url: URL, path: string, asked: RemoteFileOptions): Promise<IncomingMessage> => {
    const { signal, body } = asked;
    const { hasAnswered } = known;
    const authorization = body === undefined ? signed(url, path) : undefined; // questions are about objects
    const message = await sendRequest(url, {
      agents,
      signal,
      stallTimeoutMs,
      hasAnswered,
      ...(body !== undefined && { body }),
      ...(authorization !== undefined && { authorization }),
    });
    known.hasAnswered = true;
    return message;
  };
  const openAsked = async (path: string, asked: RemoteFileOptions, over: () => void) => {
    const { message, url } = await following(urlOf(base, path), (next) => ask(next, path, asked));
    const isOurs = message.headers[CACHE_HEADER] === CACHE_VERSION;
    known.isSlipway ||= isOurs;
    const isQuestion = asked.body !== undefined;
    const accepting = { url, signal: asked.signal, stallTimeoutMs, isQuestion, over };
    if (isOurs && REFUSED.includes(message.statusCode ?? 0)) throw await refusedBy(message, accepting);
    return accepted(message, accepting);
  };
  return {
    name: shownUrl(base),
    get isSlipway() {
      return known.isSlipway;
    },
    async open(path, asked) {
      const turn = await room.hold(1, asked.signal); // not the agent's queue: waiting there would count as silence
      const over = (): void => turn[Symbol.dispose]();
      let file: RemoteFile | undefined;
      try {
        file = await openAsked(path, asked, over);
        return file;
      } finally {
        if (file === undefined) over();
      }
    },
    async fetchMany(paths, asked) {
      if (mayHaveProxy(base, options.environment)) return;
      agents.letGo();
      const turn = (): Promise<Disposable> => room.hold(1, asked.signal);
      await fetchInLanes(paths, { ...asked, base, stallTimeoutMs, connections: options.connections, turn });
    },
    [Symbol.dispose]: () => agents[Symbol.dispose](),
  };
}

/** What the base has beside its path stays: a query may be what lets one in. */
function urlOf(base: URL, path: string): URL {
  const url = new URL(base);
  url.hash = '';
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${encoded}`;
  return url;
}

interface Answer {
  readonly message: IncomingMessage;
  /** Where it came from, after redirects. */
  readonly url: URL;
}

async function following(first: URL, ask: (url: URL) => Promise<IncomingMessage>): Promise<Answer> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const message = await ask(url);
    if (!REDIRECTS.includes(message.statusCode ?? 0)) return { message, url };
    letGo(message);
    url = redirected(url, message.headers.location);
  }
  throw new CacheError('PROTOCOL', `${shownUrl(first)} redirects more than ${MAX_REDIRECTS} times`);
}

const MAX_UNREAD_BYTES = 64 * 1024; // what is read to its end for nothing, to use the connection again

/** Lets go of an answer whose body nobody wants, which may have no end. */
function letGo(message: IncomingMessage): void {
  const length = message.headers['content-length'];
  message.on('error', () => {}); // nobody waits for it
  if (length !== undefined && Number(length) <= MAX_UNREAD_BYTES) message.resume();
  else message.destroy();
}

interface Accepting extends AnswerOptions {
  readonly isQuestion: boolean;
}

/** The body of an answer that is what was asked for; `undefined` where there is nothing. */
function accepted(message: IncomingMessage, accepting: Accepting): RemoteFile | undefined {
  const status = message.statusCode ?? 0;
  const encoding = message.headers['content-encoding'] ?? 'identity';
  if (status === 200 && encoding === 'identity') return answerBody(message, accepting);
  letGo(message);
  if (ABSENT.includes(status) || (accepting.isQuestion && NO_QUESTIONS.includes(status))) return undefined;
  const shown = shownUrl(accepting.url);
  if (status === 200) {
    const text = `${shown} sends it encoded (${visibleText(encoding)}), which nobody asked for`;
    throw new CacheError('PROTOCOL', text);
  }
  throw refusal(status, `${shown} answered ${status} ${visibleText(message.statusMessage ?? '')}`.trim());
}

const MAX_REFUSAL_BYTES = 64 * 1024;

/** A server of ours says why somebody may not have what was asked for. */
async function refusedBy(message: IncomingMessage, accepting: Accepting): Promise<CacheError> {
  const { url } = accepting;
  await using body = answerBody(message, { ...accepting, over: () => {} });
  const bytes = await gather(body, { what: shownUrl(url), maxBytes: MAX_REFUSAL_BYTES });
  const { message: words = `status ${message.statusCode}` } = refusalWords(bytes);
  return new CacheError('REFUSED', `${url.origin} refused: ${words}`);
}

function refusal(status: number, message: string): CacheError {
  if (status === 500) return new PassingError(message); // the one status by which a server asks to be asked again
  if (status >= 400 && status !== 401) return new CacheError('UNAVAILABLE', message);
  if (status !== 401) return new CacheError('PROTOCOL', `${message}, which is no file`);
  const hint = 'A user and a password can be in the address: https://user:password@host/path.';
  return new CacheError('UNAVAILABLE', message, { hint });
}
