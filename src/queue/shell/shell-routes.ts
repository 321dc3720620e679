import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { FastifyPluginAsync } from 'fastify';
import type { WebSocket, WebSocketServer } from 'ws';
import { AuthError, type Authenticate, missingScopes } from '../../auth/index.ts';
import type { Database } from '../../database/index.ts';
import { openShellExchange, type ShellExchange } from './between/exchange.ts';
import { handOver, takeOver } from './between/hand-over.ts';
import { parseShellPath, type ShellPath } from './shell-path.ts';
import { createShellRelay, type ShellRelay, type ShellRelayOptions, tokenDigest } from './shell-relay.ts';

export interface ShellRoutesOptions extends ShellRelayOptions {
  readonly authenticate: Authenticate;
  /** How clients call the server, where it is configured: its pages may open shells. */
  readonly rootUrl?: string;
  /** With `SHELL_MIGRATIONS`; of all servers that a client or a worker may reach. Absent: this is the only one. */
  readonly database?: Database;
  /** Told what failed beside the requests. */
  readonly onError?: (error: unknown) => void;
}

/** Scope of who opens a shell: that of the artifact that tells of it. */
const SHELL_SCOPE = 'queue:get-artifact:private/docker-worker/shell.html';

const MAX_MESSAGE_BYTES = 1024 * 1024;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

/** Why a web socket is not opened. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: string;

  constructor(status: string, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Web sockets of shells. The worker keeps `…/shell/offer` open; a client that opens `…/shell`, or with the token
 * `…/shell/<token>/shell.sock`, is connected with it. Where they reach different servers of one database, their bytes pass
 * through that.
 */
export const shellRoutes =
  (options: ShellRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const { WebSocketServer } = await import('ws');
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
    });
    const relay = createShellRelay(options);
    app.addHook('onClose', () => relay[Symbol.dispose]());
    const exchange = openExchange(options, sockets, relay);
    app.addHook('onClose', () => exchange?.[Symbol.asyncDispose]());
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      upgrade({ request, socket, head, sockets, relay, exchange, options }).catch((error: unknown) =>
        refuse(socket, error),
      );
    });
  };

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly sockets: WebSocketServer;
  readonly relay: ShellRelay;
  readonly exchange: ShellExchange | undefined;
  readonly options: ShellRoutesOptions;
}

/** Only where there may be other servers. */
function openExchange(
  { database, onError = () => undefined, waitMs }: ShellRoutesOptions,
  sockets: WebSocketServer,
  relay: ShellRelay,
): ShellExchange | undefined {
  if (database?.kind !== 'postgres') return undefined;
  return openShellExchange({
    ...{ database, relay, onError, now: Date.now },
    ...(waitMs !== undefined && { waitMs }),
    serve(worker, client) {
      client.on('error', () => worker.terminate());
      const begin = async (): Promise<void> => {
        const { request, wanted } = await takeOver(client);
        relay.pair(await accept({ sockets, request, socket: client, head: Buffer.alloc(0) }), worker, wanted);
      };
      begin().catch((error: unknown) => {
        client.destroy();
        worker.terminate();
        onError(error);
      });
    },
  });
}

async function upgrade(asked: Upgrade): Promise<void> {
  const { request, relay, options } = asked;
  const [path = '', query] = (request.url ?? '').split('?', 2);
  const shell = parseShellPath(path);
  if (shell === undefined) throw new Refusal('404 Not Found', 'there is no web socket here');
  const run = `${shell.taskId}/${shell.runId}`;
  if (shell.as === 'offer') {
    authorize(request, options, `queue:create-artifact:${run}`);
    const token = request.headers['x-slipway-shell-token'];
    if (typeof token !== 'string' || !TOKEN.test(token))
      throw new Refusal('400 Bad Request', 'x-slipway-shell-token: expected 22 characters of base64url');
    relay.offer({ run, token }, await accept(asked));
    return;
  }
  refuseForeignPages(request, options);
  if (shell.as === 'scope') authorize(request, options, SHELL_SCOPE);
  const wanted = wantedCommand(new URLSearchParams(query));
  const found = await findWorker(asked, shell, run);
  if ('worker' in found) relay.pair(await accept(asked), found.worker, wanted);
  else handOver(asked, wanted, found.tunnel);
}

type Found = { readonly worker: WebSocket } | { readonly tunnel: Duplex };

/** Waits for the worker while the client does, at this server and at all others. */
async function findWorker(asked: Upgrade, { token }: ShellPath, run: string): Promise<Found> {
  const { socket, relay, exchange } = asked;
  const digest = token === undefined ? undefined : tokenDigest(token);
  const here = relay.takeNow(run, digest);
  if (here !== undefined) return { worker: here };
  const over = new AbortController();
  const leave = (): void => over.abort();
  socket.once('close', leave);
  const elsewhere = exchange?.ask(run, digest);
  const first = relay.take(run, digest, over.signal).then((worker) => ({ worker }));
  const found = await Promise.race([
    first,
    ...(elsewhere ? [elsewhere.found.then((tunnel) => ({ tunnel }))] : []),
  ]);
  const isGone = (): boolean => over.signal.aborted || !socket.writable;
  if ('worker' in found && elsewhere !== undefined && !(await elsewhere.withdraw())) {
    // Another one has begun to answer at the same moment.
    found.worker?.terminate();
    const tunnel = await elsewhere.found;
    return stay(isGone(), { tunnel }, () => tunnel.destroy());
  }
  socket.off('close', leave);
  if ('tunnel' in found) {
    const wasGone = isGone();
    leave();
    void first.then(({ worker }) => worker?.terminate()); // it makes another offer
    return stay(wasGone, found, () => found.tunnel.destroy());
  }
  const { worker } = found;
  if (worker === undefined) throw new Refusal('404 Not Found', 'no shell is offered for this run');
  return stay(isGone(), { worker }, () => worker.terminate());
}

function stay(isGone: boolean, found: Found, end: () => void): Found {
  if (!isGone) return found;
  end();
  throw new Refusal('400 Bad Request', 'the client has gone');
}

const accept = ({
  sockets,
  request,
  socket,
  head,
}: Pick<Upgrade, 'sockets' | 'request' | 'socket' | 'head'>): Promise<WebSocket> =>
  new Promise((resolve) => sockets.handleUpgrade(request, socket, head, resolve));

function authorize(request: IncomingMessage, { authenticate }: ShellRoutesOptions, scope: string): void {
  const { scopes } = authenticate({
    method: request.method ?? 'GET',
    url: request.url ?? '',
    headers: request.headers,
    isTls: request.socket instanceof TLSSocket,
  });
  if (missingScopes(scopes, scope) === undefined) return;
  throw new Refusal('403 Forbidden', `this needs the scope ${scope}`);
}

/**
 * A page of another site that somebody looks at can open web socket with what that person may. What has no origin is no
 * browser.
 */
function refuseForeignPages({ headers }: IncomingMessage, { rootUrl }: ShellRoutesOptions): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  const from = URL.parse(origin);
  const own = [host, rootUrl === undefined ? undefined : URL.parse(rootUrl)?.host];
  if (from !== null && from.host !== '' && own.includes(from.host)) return;
  throw new Refusal('403 Forbidden', 'pages of other origins open no shell here');
}

const MAX_WORDS = 64;
const MAX_CHARACTERS = 16 * 1024;

/** `?tty=true&command=sh`, as clients of these sockets ask; the worker gets it in JSON. */
function wantedCommand(query: URLSearchParams): string {
  const asked = query.getAll('command');
  const command = asked.length === 0 ? ['sh'] : asked;
  const characters = command.reduce((sum, word) => sum + word.length, 0);
  if (command.length > MAX_WORDS || characters > MAX_CHARACTERS)
    throw new Refusal('400 Bad Request', 'the command is too long');
  return JSON.stringify({ command, tty: !/^false$/i.test(query.get('tty') ?? '') });
}

function refuse(socket: Duplex, error: unknown): void {
  if (!socket.writable) return;
  const [status, text] = answerOf(error);
  const body = `${text}\n`;
  const lines = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function answerOf(error: unknown): readonly [status: string, text: string] {
  if (error instanceof Refusal) return [error.status, error.message];
  // `InsufficientScopes`: a page of somebody else's asks.
  if (error instanceof AuthError)
    return [error.code === 'InsufficientScopes' ? '403 Forbidden' : '401 Unauthorized', error.message];
  return ['500 Internal Server Error', 'something went wrong here'];
}
