import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { EngineError } from '../error.ts';
import { connectionError, isBrokenConnection } from './connection-error.ts';
import type { Endpoint } from './endpoint.ts';
import { limitAnswer, limitConnecting } from './time-limit.ts';
import { openTransport, type Transport } from './transport.ts';

/** One request of the Engine API. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query. No API version stands before it: the engine then takes its newest. */
  readonly path: string;
  /** What a person would call it, for messages: `create the network w-1`. */
  readonly doing: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** A list is the same header several times. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer's head may take. Absent: for ever, as waiting for a container must. */
  readonly limitMs?: number;
}

/** The head of an answer; `socket` is there when the engine agreed to an upgrade. */
export interface Head {
  readonly response: IncomingMessage;
  readonly socket?: Socket;
}

/** The connections to one engine. Any number of requests may run at once. */
export class ApiClient implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #transport: Transport;
  /** What has to be torn down at dispose. */
  readonly #open = new Set<ClientRequest | Socket>();
  #disposed: boolean = false;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    this.#transport = openTransport(endpoint);
  }

  /** Sends a request and resolves with the head of the answer, whatever its status. The caller reads its body. */
  async send(call: Call): Promise<IncomingMessage> {
    return (await this.#exchange(call)).response;
  }

  /**
   * Asks to turn the connection into a plain two-way one. Without `socket` the engine refused, and the answer says
   * why. What the engine sent along with its agreement is read from the socket first.
   */
  async upgrade(call: Call, protocol: 'tcp' | 'h2c' = 'tcp'): Promise<Head> {
    const headers = { ...call.headers, connection: 'Upgrade', upgrade: protocol };
    const head = await this.#exchange({ ...call, headers });
    if (head.socket) this.#track(head.socket);
    return head;
  }

  /** Begins a request whose body the caller writes. What goes wrong with it, `explain` makes ours. */
  begin(call: Call): ClientRequest {
    const request = this.#transport.request({
      method: call.method,
      path: call.path,
      headers: { 'user-agent': 'slipway', ...call.headers },
      ...(call.signal && { signal: call.signal }),
    });
    this.#track(request);
    limitConnecting(request);
    if (call.limitMs !== undefined) limitAnswer(request, call.limitMs);
    if (this.#disposed) request.destroy();
    return request;
  }

  /** Our error for whatever went wrong with a call on its way. */
  explain(cause: unknown, call: Pick<Call, 'doing' | 'signal'>): EngineError {
    if (cause instanceof EngineError) return cause;
    if (call.signal?.aborted) {
      return new EngineError('ABORTED', `cannot ${call.doing}: it was aborted`, {
        cause: call.signal.reason,
      });
    }
    if (this.#disposed)
      return new EngineError('CLOSED', `cannot ${call.doing}: the engine was let go of`, { cause });
    return connectionError(cause, this.endpoint.name, call.doing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const closed = [...this.#open].map((open) => new Promise((resolve) => open.once('close', resolve)));
    for (const open of this.#open) open.destroy();
    this.#transport.close();
    await Promise.all(closed);
  }

  async #exchange(call: Call, attempt = 1): Promise<Head> {
    const json = call.json === undefined ? undefined : JSON.stringify(call.json);
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    const request = this.begin({ ...call, headers: { ...type, ...call.headers } });
    try {
      const head = headOf(request);
      request.end(json);
      return await head;
    } catch (cause) {
      if (attempt === 1 && this.#isStale(request, cause)) return await this.#exchange(call, 2);
      throw this.explain(cause, call);
    }
  }

  /** Whether the engine closed a kept connection just as it was used again: then it has not seen the request. */
  #isStale(request: ClientRequest, cause: unknown): boolean {
    const repeatable = request.method === 'GET' || request.method === 'DELETE';
    return repeatable && request.reusedSocket && !this.#disposed && isBrokenConnection(cause);
  }

  #track(open: ClientRequest | Socket): void {
    this.#open.add(open);
    open.once('close', () => this.#open.delete(open));
  }
}

/** Resolves with the head of the answer to a request that was begun. */
export function headOf(request: ClientRequest): Promise<Head> {
  return new Promise((resolve, reject) => {
    request.once('response', (response) => resolve({ response }));
    request.once('upgrade', (response, socket, rest) => {
      // An error while nobody reads must not end the process; who reads gets it too.
      socket.on('error', () => {});
      if (rest.length > 0) socket.unshift(rest);
      resolve({ response, socket });
    });
    request.on('error', reject);
  });
}
