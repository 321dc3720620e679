import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { WhiskUsersError } from './whisk-user.ts';

/** Where a CouchDB is, and who asks it. */
export interface CouchLocation {
  /** `http(s)://host[:port][/path]`, without a login. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM: whom to trust beside those that everybody trusts. */
  readonly ca?: string;
  /** Of a question, from its beginning to the end of its answer. @defaultValue 5000 */
  readonly timeoutMs?: number;
}

/** Asks a database for documents. */
export interface CouchFind extends Disposable {
  /** `location` without its login, for messages. */
  readonly url: string;
  /** The documents that a selector finds. Throws `WhiskUsersError`. */
  find(database: string, selector: object): Promise<readonly unknown[]>;
}

const TIMEOUT_MS = 5_000;
/** Of an answer: a document of a user has a few hundred bytes, and there is one of each token. */
const MAX_BYTES = 1024 * 1024;
/** One user has one document; a second one is seen, and not needed. */
const MAX_DOCUMENTS = 2;
/** Questions of a crowd wait for each other: a database that all of Slipway's requests go to serves others, too. */
const MAX_SOCKETS = 16;

/** Opens connections to a CouchDB as they are needed. */
export function openCouchFind(location: CouchLocation): CouchFind {
  const base = new URL(location.url.endsWith('/') ? location.url : `${location.url}/`);
  const isTls = base.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: 60_000 };
  const agent = isTls
    ? new HttpsAgent({ ...pool, ...(location.ca !== undefined && { ca: location.ca }) })
    : new HttpAgent(pool);
  return {
    url: base.href,
    async find(database, selector) {
      const body = JSON.stringify({ selector, limit: MAX_DOCUMENTS });
      const path = `${encodeURIComponent(database)}/_find`;
      const { status, text } = await ask({ url: new URL(path, base), agent, location, body });
      if (status !== 200) throw new WhiskUsersError(refusalOf(database, base.href, status));
      return documentsOf(text, `${base.href}${path}`);
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function refusalOf(database: string, url: string, status: number): string {
  const why =
    status === 401 || status === 403
      ? 'check COUCHDB_ADMIN_USER and COUCHDB_ADMIN_PASSWORD'
      : status === 404
        ? 'there is no such database: check its prefix'
        : 'expected 200';
  return `CouchDB at ${url} answered ${status} to a question to ${database}: ${why}`;
}

interface Question {
  readonly url: URL;
  readonly agent: HttpAgent | HttpsAgent | undefined;
  readonly location: CouchLocation;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A connection that was kept may be closed at the other side in the moment in which it is used again. */
class Stale extends Error {}

async function ask(question: Question): Promise<Answer> {
  const { url, location } = question;
  const { timeoutMs = TIMEOUT_MS } = location;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(question, signal).catch(async (error: unknown) => {
      if (error instanceof Stale) return await send({ ...question, agent: undefined }, signal);
      throw error;
    });
    return { status: response.statusCode ?? 0, text: await readText(response) };
  } catch (cause) {
    if (cause instanceof WhiskUsersError) throw cause;
    const why = signal.aborted ? `no answer within ${timeoutMs} ms` : String((cause as Error).message);
    throw new WhiskUsersError(`CouchDB at ${new URL('/', url).href} cannot be asked: ${why}`, { cause });
  }
}

/** `agent`: absent for a connection of its own. Throws `Stale`. */
async function send({ url, agent, location, body }: Question, signal: AbortSignal): Promise<IncomingMessage> {
  const { username, password, ca } = location;
  const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const request = ask(url, {
      method: 'POST',
      agent: agent ?? false,
      ...(ca !== undefined && { ca }),
      auth: `${username}:${password}`,
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    request.once('response', resolve);
    request.once('error', (error) => reject(request.reusedSocket && !signal.aborted ? new Stale() : error));
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      throw new WhiskUsersError(`CouchDB’s answer is larger than ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function documentsOf(text: string, url: string): readonly unknown[] {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'docs' in answer && Array.isArray(answer.docs))
      return answer.docs;
  } catch {
    // said below: its text may be of somebody else's secrets
  }
  throw new WhiskUsersError(`what answers at ${url} is no CouchDB: expected JSON with a list "docs"`);
}
