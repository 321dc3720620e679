import type { ClientRequest } from 'node:http';

/** For making the connection; a local socket answers in microseconds. */
const CONNECT_LIMIT_MS = 10_000;

/** Fails a request with `ETIMEDOUT` when its connection, TLS included, is not made in time. */
export function limitConnecting(request: ClientRequest): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const stop = failAfter(request, CONNECT_LIMIT_MS);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop);
  });
}

/** Fails a request with `ETIMEDOUT` when the head of its answer is not there in time. */
export function limitAnswer(request: ClientRequest, limitMs: number): void {
  request.once('response', failAfter(request, limitMs));
}

function failAfter(request: ClientRequest, limitMs: number): () => void {
  const timer = setTimeout(() => {
    request.destroy(Object.assign(new Error(`no answer in ${limitMs} ms`), { code: 'ETIMEDOUT' }));
  }, limitMs);
  const stop = () => clearTimeout(timer);
  request.once('close', stop);
  return stop;
}
