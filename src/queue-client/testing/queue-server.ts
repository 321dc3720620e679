import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Caller, type Client, createAuthenticator, type SignedRequest } from '../../auth/index.ts';

/** What came, and who sent it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly caller: Caller;
}

type Answering = (request: Received, response: ServerResponse) => void | Promise<void>;

/** A server that checks signatures as the real one does, and otherwise does what a test tells it. */
export interface QueueServer extends AsyncDisposable {
  readonly rootUrl: string;
  readonly received: Received[];
  /** What it does with the next requests, one after the other; the last one stays. */
  answer(...answers: readonly Answering[]): void;
}

export const ROOT: Client = { clientId: 'root', accessToken: 'the-token-of-root-0123', scopes: ['*'] };

/** Answers with JSON. */
export const json =
  (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answering =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(value));
  };

export async function startQueueServer(): Promise<QueueServer> {
  const authenticate = createAuthenticator({
    clients: (id) => (id === ROOT.clientId ? ROOT : undefined),
    issuerKey: { clientId: 'slipway/queue', accessToken: 'x'.repeat(32), scopes: ['*'] },
    mode: 'closed',
  });
  const callerOf = (request: SignedRequest): Caller => {
    try {
      return authenticate(request);
    } catch (error) {
      return { clientId: String(error), scopes: [] }; // which no test expects
    }
  };
  const received: Received[] = [];
  let answers: readonly Answering[] = [json({})];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer); // no encoding is set
    const body = Buffer.concat(pieces).toString();
    const all = { method, url, headers, body, caller: callerOf({ method, url, headers, isTls: false }) };
    received.push(all);
    const [first = json({}), ...rest] = answers;
    if (rest.length > 0) answers = rest;
    await first(all, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    rootUrl: `http://127.0.0.1:${port}`,
    received,
    answer: (...next) => {
      answers = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const AT = '2030-01-31T12:00:00.000Z';
export const TASK_ID = 'CLVrh06tRAyXPhdnZHxPXg';

export const TASK = {
  provisionerId: 'p',
  workerType: 'w',
  taskQueueId: 'p/w',
  schedulerId: '-',
  projectId: 'none',
  taskGroupId: TASK_ID,
  dependencies: [],
  requires: 'all-completed',
  routes: [],
  priority: 'lowest',
  retries: 5,
  created: AT,
  deadline: AT,
  expires: AT,
  scopes: [],
  payload: { image: 'x' },
  metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.org' },
  tags: {},
  extra: {},
} as const;

export const STATUS = {
  taskId: TASK_ID,
  provisionerId: 'p',
  workerType: 'w',
  taskQueueId: 'p/w',
  schedulerId: '-',
  projectId: 'none',
  taskGroupId: TASK_ID,
  priority: 'lowest',
  deadline: AT,
  expires: AT,
  retriesLeft: 5,
  state: 'pending',
  runs: [{ runId: 0, state: 'pending', reasonCreated: 'scheduled', scheduled: AT }],
} as const;

export const CLAIM = {
  status: STATUS,
  runId: 0,
  workerGroup: 'g',
  workerId: 'i',
  takenUntil: AT,
  task: TASK,
  credentials: { clientId: 'c', accessToken: 't', certificate: '{}' },
} as const;
