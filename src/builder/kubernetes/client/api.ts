import type { ClientRequest, IncomingMessage, Agent as PlainAgent } from 'node:http';
import type { Agent as TlsAgent } from 'node:https';
import { errorCode, type MayPass, systemWords, withRetries } from '../../../kernel/index.ts';
import type { ClusterAccess, Identity } from './access.ts';
import { refusalOf, textOf } from './answer.ts';
import { KubernetesError } from './error.ts';

/** One request. Every one may be sent again: what is made has a name of ours, and what is deleted is gone. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  /** What a person would call it: `create the Job build-alice-1`. */
  readonly doing: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The head and body of an answer in time; a list of a thousand Jobs takes seconds on a busy server. */
const ANSWER_LIMIT_MS = 30_000;
const RETRY_PAUSES_MS = [200, 1_000, 3_000];
const IDLE_CONNECTION_MS = 30_000;
const BUSY: ReadonlySet<number | undefined> = new Set([429, 500, 502, 503, 504]);

/** A cluster's API over HTTP. Any number of calls may run at once. */
export class KubernetesApi implements AsyncDisposable {
  readonly access: ClusterAccess;
  readonly #open = new Set<ClientRequest>();
  #agent: { readonly identity: Identity; readonly agent: PlainAgent | TlsAgent } | undefined;
  #disposed = false;

  constructor(access: ClusterAccess) {
    this.access = access;
  }

  /** The document that the server answers with; tried again where nobody answers or the server is busy. Throws `KubernetesError`. */
  async call(call: Call): Promise<unknown> {
    const signal = call.signal ?? new AbortController().signal;
    const text = await withRetries(
      { retryPausesMs: RETRY_PAUSES_MS, onNotice: () => {}, signal },
      mayPass,
      async () => await this.#attempt(call),
    );
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new KubernetesError('PROTOCOL', `cannot ${call.doing}: the answer is not JSON`, { cause });
    }
  }

  /** The same, where there may be no such thing: then `undefined`. */
  async find(call: Call): Promise<unknown> {
    try {
      return await this.call(call);
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** An answer that goes on: a watch or a log. The caller reads it; the signal ends it. It is not tried again here. */
  async stream(call: Call & { readonly signal: AbortSignal }): Promise<IncomingMessage> {
    const response = await this.#begin(call, call.signal);
    if (response.statusCode === 200) return response;
    throw await this.#refusal(call, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const closed = [...this.#open].map((open) => new Promise((resolve) => open.once('close', resolve)));
    for (const open of this.#open) open.destroy();
    this.#agent?.agent.destroy();
    await Promise.all(closed);
  }

  async #attempt(call: Call): Promise<string> {
    const limit = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const signal = call.signal === undefined ? limit : AbortSignal.any([call.signal, limit]);
    const response = await this.#begin(call, signal);
    if ((response.statusCode ?? 0) >= 300) throw await this.#refusal(call, response);
    return await textOf(response, call.doing).catch((cause) => this.#throw(call, cause));
  }

  async #refusal(call: Call, response: IncomingMessage): Promise<KubernetesError> {
    if (response.statusCode === 401) this.access.identity.refused();
    return await refusalOf(response, call.doing);
  }

  async #begin(call: Call, signal: AbortSignal): Promise<IncomingMessage> {
    const identity = await this.access.identity.current();
    signal.throwIfAborted();
    if (this.#disposed) this.#throw(call, new Error('the connection was closed by us'));
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const request = this.#request(call, identity, { body, signal });
    this.#open.add(request);
    request.once('close', () => this.#open.delete(request));
    try {
      return await new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve);
        request.on('error', reject);
        request.end(body);
      });
    } catch (cause) {
      return this.#throw(call, cause);
    }
  }

  #request(
    { method, path }: Call,
    identity: Identity,
    { body, signal }: { readonly body: Buffer | undefined; readonly signal: AbortSignal },
  ): ClientRequest {
    const { server } = this.access;
    const request = process.getBuiltinModule(
      server.startsWith('https:') ? 'node:https' : 'node:http',
    ).request;
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return request(`${server}${path}`, {
      method,
      agent: this.#agentFor(identity),
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'slipway',
        ...identity.headers,
        ...(body === undefined ? {} : { 'content-type': type, 'content-length': body.length }),
      },
    });
  }

  /** One agent as long as we are the same: a plugin may give another certificate. */
  #agentFor(identity: Identity): PlainAgent | TlsAgent {
    const known = this.#agent;
    if (known?.identity === identity) return known.agent;
    const { server, ca, skipVerification, serverName } = this.access;
    const kept = { keepAlive: true, keepAliveMsecs: 15_000, timeout: 0, maxFreeSockets: 8 };
    const { cert, key } = identity;
    const agent = server.startsWith('https:')
      ? new (process.getBuiltinModule('node:https').Agent)({
          ...kept,
          rejectUnauthorized: !skipVerification,
          ...(ca === undefined ? {} : { ca }),
          ...(serverName === undefined ? {} : { servername: serverName }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
        })
      : new (process.getBuiltinModule('node:http').Agent)(kept);
    agent.on('free', (socket) => socket.setTimeout(IDLE_CONNECTION_MS));
    this.#agent = { identity, agent };
    return agent;
  }

  #throw(call: Call, cause: unknown): never {
    call.signal?.throwIfAborted();
    if (cause instanceof KubernetesError) throw cause;
    const why = systemWords(cause) ?? errorCode(cause);
    const said = why === undefined ? '' : `: ${why}`;
    const message = `cannot ${call.doing}: the API server of ${this.access.name} does not answer${said}`;
    throw new KubernetesError('UNREACHABLE', message, { cause });
  }
}

/** What may pass by itself: nobody answers, or the server is busy or starting. */
const mayPass: MayPass = (error) => {
  if (!(error instanceof KubernetesError)) return undefined;
  const passes =
    error.code === 'UNREACHABLE' ||
    (error.code === 'REFUSED' && (BUSY.has(error.status) || error.status === 401));
  return passes ? { message: error.message, pauseMs: Math.min(error.retryAfterMs, 10_000) } : undefined;
};
