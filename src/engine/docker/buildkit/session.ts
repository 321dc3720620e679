import { randomUUID } from 'node:crypto';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { BuildTunnel } from '../../image-types.ts';
import { expectFine } from '../answer.ts';
import type { ApiClient, Call } from '../api-client.ts';
import { framed, loadMessages, MessageStream, type Messages } from './message-stream.ts';

/** What a build may ask of us while it runs. */
export interface Session extends Disposable {
  /** Names it in the request of the build. */
  readonly id: string;
}

const SSH = '/moby.sshforward.v1.SSH';
const MAX_CONNECTIONS = 256;

/**
 * Opens a session, over which the engine calls us with gRPC: HTTP/2 on a connection that was an HTTP/1.1 request. All that is
 * answered is what `RUN --mount=type=ssh` needs, whose socket takes any bytes. It ends with the connection.
 */
export async function openSession(
  api: ApiClient,
  tunnel: BuildTunnel,
  { doing, signal }: Pick<Call, 'doing' | 'signal'>,
): Promise<Session> {
  const id = randomUUID();
  const call: Call = {
    method: 'POST',
    path: '/session',
    doing,
    signal,
    headers: {
      'x-docker-expose-session-uuid': id,
      'x-docker-expose-session-name': 'slipway',
      'x-docker-expose-session-sharedkey': '',
      'x-docker-expose-session-grpc-method': [`${SSH}/CheckAgent`, `${SSH}/ForwardAgent`],
    },
  };
  const [{ response, socket }, messages] = await Promise.all([api.upgrade(call, 'h2c'), loadMessages()]);
  if (socket === undefined) {
    await expectFine(api, call, response, { table: 'buildkit' });
    response.destroy();
    throw api.explain(new Error('it opens no session'), call);
  }
  const session = serve(socket, tunnel, messages);
  return { id, [Symbol.dispose]: () => session.destroy() };
}

function serve(socket: Socket, tunnel: BuildTunnel, messages: Messages): ServerHttp2Session {
  const http2 = process.getBuiltinModule('node:http2');
  const settings = { maxConcurrentStreams: MAX_CONNECTIONS + 16 }; // and calls that ask how we are
  const session = http2.performServerHandshake(socket, { settings });
  // The build ends with an error of the engine's where its session ends.
  session.on('error', () => undefined);
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, String(headers[':path']), { tunnel, messages });
  });
  session.on('close', () => socket.destroy());
  return session;
}

/** Of gRPC. */
const STATUS = { ok: '0', unimplemented: '12' } as const;
type Status = (typeof STATUS)[keyof typeof STATUS];

function answer(
  stream: ServerHttp2Stream,
  path: string,
  { tunnel, messages }: { readonly tunnel: BuildTunnel; readonly messages: Messages },
): void {
  const end = (status: Status, message?: Uint8Array): void => {
    respond(stream, status);
    stream.resume();
    stream.end(message && framed(message));
  };
  switch (path) {
    case '/grpc.health.v1.Health/Check':
      end(STATUS.ok, Uint8Array.of(8, 1)); // serving
      break;
    case `${SSH}/CheckAgent`:
      end(STATUS.ok, new Uint8Array());
      break;
    case `${SSH}/ForwardAgent`:
      respond(stream, STATUS.ok);
      tunnel.onConnection(new MessageStream(stream, messages));
      break;
    default:
      end(STATUS.unimplemented);
  }
}

function respond(stream: ServerHttp2Stream, status: Status): void {
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
}
