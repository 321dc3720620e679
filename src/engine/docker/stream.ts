import type { Socket } from 'node:net';
import type { OutputFrame } from '../engine.ts';
import { EngineError } from '../error.ts';
import { readRefusal } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { refusalError } from './errors.ts';
import { readFrames } from './frames.ts';

/** A connection that the engine agreed to use for a container's streams. */
export async function openStream(api: ApiClient, call: Call): Promise<Socket> {
  const { socket, response } = await api.upgrade(call);
  if (socket) return socket;
  const refusal = await readRefusal(api, call, response);
  if (refusal.status >= 400) throw refusalError(refusal);
  throw new EngineError('PROTOCOL', `cannot ${call.doing}: the engine does not hand over the connection`);
}

/** The frames that come over a connection. It is closed when the signal aborts, or the reader stops early. */
export const streamFrames = (
  api: ApiClient,
  socket: Socket,
  call: Reading,
): AsyncGenerator<OutputFrame, void> =>
  closing(api, { socket, call, frames: readFrames(socket, call.doing) });

/** The same for a terminal, which the engine does not frame. */
export const rawFrames = (api: ApiClient, socket: Socket, call: Reading): AsyncGenerator<OutputFrame, void> =>
  closing(api, { socket, call, frames: readRaw(socket) });

type Reading = Pick<Call, 'doing' | 'signal'>;

async function* readRaw(socket: Socket): AsyncGenerator<OutputFrame, void> {
  for await (const bytes of socket) yield { stream: 'stdout', bytes };
}

interface Connection {
  readonly socket: Socket;
  readonly call: Reading;
  readonly frames: AsyncIterable<OutputFrame>;
}

async function* closing(
  api: ApiClient,
  { socket, call, frames }: Connection,
): AsyncGenerator<OutputFrame, void> {
  const abort = () => socket.destroy();
  if (call.signal?.aborted) abort();
  call.signal?.addEventListener('abort', abort);
  try {
    yield* frames;
  } catch (cause) {
    throw api.explain(cause, call);
  } finally {
    call.signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}
